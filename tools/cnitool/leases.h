/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lease files of host-local and the room in its ranges, read only. */
#pragma once

#include <time.h>

#include "base/cleanup.h"
#include "types/addr.h"
#include "types/json.h"

struct lease_file {
	struct addr addr;
	char *container_id, *ifname; /* "" when the file does not say */
	time_t written;
};

struct lease_files {
	struct lease_file *items;
	size_t count;
};

#define cleanup_leases cleanup_with(lease_files_release)

/* `ipam` is the configuration of host-local; none when there is no folder. */
int lease_files_read(const cJSON *ipam, const char *network, struct lease_files *ret) must_check;
void lease_files_release(struct lease_files *leases);

/*
 * Calls `fn` for each set of ranges with the number of its addresses and of those that are
 * leased.
 */
typedef void range_set_fn(uint64_t room, uint64_t taken, const char *subnet, void *data);
void range_sets_each(const cJSON *ipam, const struct lease_files *leases, range_set_fn *fn,
		     void *data);
