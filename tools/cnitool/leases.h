/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lease files of host-local and the room in its ranges, read only. */
#pragma once

#include <time.h>

#include "base/cleanup.h"
#include "types/addr.h"
#include "types/json.h"

struct held_lease {
	struct addr addr;
	char *container_id, *ifname; /* "" when the file does not say */
	time_t written;
};

struct held_leases {
	struct held_lease *items; /* by address, one for each */
	size_t count;
};

#define cleanup_leases cleanup_with(held_leases_release)

/* `ipam` is the configuration of host-local; none when there is no folder. */
int held_leases_read(const cJSON *ipam, const char *network, struct held_leases *ret) must_check;

/* NULL: nobody holds the address. */
const struct held_lease *held_leases_find(const struct held_leases *leases,
					  const struct addr *addr);
void held_leases_release(struct held_leases *leases);

/*
 * Calls `fn` for each set of ranges with the number of its addresses and of those that are
 * leased.
 */
typedef void range_set_fn(uint64_t room, uint64_t taken, const char *subnet, void *data);
void range_sets_each(const cJSON *ipam, const struct held_leases *leases, range_set_fn *fn,
		     void *data);
