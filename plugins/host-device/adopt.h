/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device that the reference's ADD moved, of which the host has no file. */
#pragma once

#include "base/error.h"
#include "net/attach.h"
#include "plugin/plugin.h"

/*
 * Brings CNI_IFNAME home if only the host can have made it. It is called as the configuration calls
 * its device, or else as nobody does: the name in its alias is the container's to write.
 */
int adopt_guest(struct cni_call *call, struct attach *at, struct cni_error *err) must_check;
