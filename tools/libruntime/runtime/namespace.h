/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces with a name: a file below /run/netns, as `ip netns` makes them. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

#define NAMESPACE_FOLDER "/run/netns"

/* Makes an empty namespace with lo up and binds it to `path`; code 103 when there is something. */
int namespace_create(const char *path, struct cni_error *err) must_check;

/* Ends what still runs in the namespace and removes it; nothing happens when it is gone. */
void namespace_remove(const char *path);
