/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who gets what an owner of the same container gives up. */
#pragma once

#include "nft/owned_claims.h"
#include "nft/owned_kin.h"

/* True when the entry waits for somebody else's. */
static inline bool owned_waits(const struct owned_entry *entry)
{
	return entry->bytes[0] & OWNED_WAITS;
}

static inline struct owned_entry owned_waiting(struct owned_entry entry, bool waits)
{
	entry.bytes[0] = (uint8_t)(waits ? entry.bytes[0] | OWNED_WAITS
					 : entry.bytes[0] & ~OWNED_WAITS);
	return entry;
}

/* Adds the places of those entries that wait (or do not) and have one. */
void owned_places(const struct owned_table *table, const struct owned_entries *entries,
		  bool waiting, struct owned_entries *ret);

/* What is changed: these owners, of which the first gets the wanted entries. */
struct succession {
	const struct owned_table *table;
	const char *const *owners;
	size_t owner_count;
	const struct owned_entries *wanted;
};

/*
 * For the places that these owners give up: kin that waits for them gets them. Reads the kin's
 * shares, behind those of the owners, and says what they have afterwards.
 */
int owned_inherit(struct netlink *nl, const struct succession *succession, struct owned_kins *kins,
		  struct owned_shares *shares) must_check;

/* Claims what of a share waits no longer; only for shares that owned_inherit() has read. */
void owned_claim_inherited(const struct owned_table *table, const struct owned_share *share,
			   struct claims *claims);
