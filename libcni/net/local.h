/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses belong to the host. */
#pragma once

#include "base/cleanup.h"
#include "net/nl.h"
#include "types/addr.h"

/* 1 when packets to the address are the host's own, 0 when not, or -errno. */
int address_is_local(struct nl *route, const struct addr *addr) must_check;
