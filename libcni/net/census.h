/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses the network namespaces that we see have on their links, up or down. Costs a visit
 * to each of them, so it is for those who have no other proof.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "net/holders.h"
#include "types/addr.h"

struct census {
	struct addr *items; /* sorted */
	size_t count;
	bool is_partial; /* a namespace could not be visited, or has too many */
};

#define cleanup_census cleanup_with(census_release)

void census_take(const struct holders *holders, struct census *ret);

/* True when some namespace has the address, or may have it for all we know. */
bool census_has(const struct census *census, const struct addr *addr);

void census_release(struct census *census);
