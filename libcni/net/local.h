/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses belong to the host. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "net/netlink.h"
#include "types/addr.h"

/*
 * Everything that packets are the host's own for: 127.0.0.0/8 beside single addresses. Starts as
 * all zero.
 */
struct local_addresses {
	struct prefix *items; /* sorted */
	size_t count;
	bool has_length[2][129]; /* of IPv4 and IPv6: is there one with so many bits? */
};

#define cleanup_locals cleanup_with(local_addresses_release)

/* Asks the kernel once; containers have no part in the answer. */
int local_addresses_read(struct netlink *route, struct local_addresses *ret) must_check;

bool local_addresses_have(const struct local_addresses *locals, const struct addr *addr);
void local_addresses_release(struct local_addresses *locals);
