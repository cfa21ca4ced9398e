/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who gets what an owner of the same container gives up. */
#pragma once

#include "nft/owned_claims.h"
#include "nft/owned_kin.h"

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
