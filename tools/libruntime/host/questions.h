/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small questions to a namespace's kernel about ways and neighbours. Read only. */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"
#include "net/link.h"
#include "types/addr.h"

/* A route that leads nowhere. */
struct dead_route {
	struct prefix dst;
	uint32_t priority;
	const char *type; /* "blackhole", "unreachable", "prohibit" */
};

/* Calls `fn` for those of the main table; its first non-zero value is the result. */
typedef int dead_route_fn(const struct dead_route *route, void *data);
int dead_route_each(struct netlink *route, int family, dead_route_fn *fn, void *data) must_check;

/* The link by which packets to the address leave; -errno when none does. */
int way_find(struct netlink *route, const struct addr *addr) must_check;

/* An entry that an administrator has made, and that the kernel does not correct. */
struct fixed_neighbour {
	int link;
	struct addr addr;
	uint8_t mac[MAC_SIZE];
};

struct fixed_neighbours {
	struct fixed_neighbour *items;
	size_t count;
};

int fixed_neighbours_read(struct netlink *route, struct fixed_neighbours *ret) must_check;
void fixed_neighbours_release(struct fixed_neighbours *neighbours);
