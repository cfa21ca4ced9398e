/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking back the addresses of dead attachments when there are no others. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "pool.h"
#include "store.h"

/* Removes the lease of `addr` if its attachment is dead, and says so on stderr. */
bool reclaim_lease(struct store *store, const struct addr *addr, struct evidence *evidence);

/* The same for all leases in the set, which is full; how many there were. */
size_t reclaim_set(struct store *store, const struct range_set *set, struct evidence *evidence);

/*
 * True when there is such a lease among the next *left of the full set behind a random place; those
 * that were looked at are taken off. Changes nothing.
 */
bool reclaim_would_help(struct store *store, const struct range_set *set, struct evidence *evidence,
			size_t *left);
