/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subnets that the host has twice: the kernel sends what is meant for containers to the link that
 * had the subnet first. One question to the routing table, however many links there are.
 */
#pragma once

#include "base/cleanup.h"
#include "net/link.h"
#include "net/netlink.h"
#include "types/addr.h"

/*
 * 1 when packets to `addr`, an address of `subnet`, leave by another link than `own` (0: no link
 * has the subnet yet) although nothing wider than the subnet, a default route above all, leads
 * there; its name in `ret`. 0 when not, or -errno.
 */
int rival_find(struct netlink *route, const struct prefix *subnet, const struct addr *addr, int own,
	       char ret[IFNAMSIZ]) must_check;
