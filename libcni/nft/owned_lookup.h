/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of entries, sorted: many questions about many entries stay cheap. */
#pragma once

#include "nft/owned_share.h"

/* Borrows the entries, which must not change meanwhile. */
struct owned_lookup {
	const struct owned_entry **sorted;
	size_t count;
};

#define cleanup_lookup cleanup_with(owned_lookup_release)

struct owned_lookup owned_lookup_of(const struct owned_entries *entries) must_check;
bool owned_lookup_has(const struct owned_lookup *lookup, const struct owned_entry *entry);
void owned_lookup_release(struct owned_lookup *lookup);

/* Adds the items to an empty list in their order, equal ones only once. */
void owned_entries_add_each(struct owned_entries *entries, const struct owned_entry *items,
			    size_t count);
