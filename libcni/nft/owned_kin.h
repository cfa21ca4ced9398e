/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owners that are interfaces of one container, and of which one waits for what another has. They
 * are noted in the second map of the table, so that they find each other:
 *
 *	<16 bytes of SHA-512("/<container>#<i>")> comment "<owner>"
 *
 * A list is written together with what it follows from, in one transaction, and one that has grown
 * meanwhile makes that fail.
 */
#pragma once

#include "nft/ask.h"
#include "nft/owned_share.h"

struct owned_kin {
	char container[NFT_COMMENT];
	struct nft_elements before, after; /* their comments are the owners */
};

/* Starts as all zero. */
struct owned_kins {
	struct owned_kin *items;
	size_t count;
};

#define cleanup_kins cleanup_with(owned_kins_release)

/* The kin of this owner in *ret, read at the first call; valid until the next one. */
int owned_kins_of(struct netlink *nl, const struct owned_table *table, struct owned_kins *kins,
		  const char *owner, struct owned_kin **ret) must_check;

/* Adds the owner unless it is there; removes it. */
void owned_kin_add(struct owned_kin *kin, const char *owner);
void owned_kin_remove(struct owned_kin *kin, const char *owner);

void owned_kins_write(struct nft_batch *batch, const struct owned_table *table,
		      const struct owned_kins *kins);
void owned_kins_release(struct owned_kins *kins);
