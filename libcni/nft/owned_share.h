/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the index of an owned table says about an owner, before and after a change. */
#pragma once

#include "nft/nft.h"
#include "nft/owned.h"

struct owned_share {
	char owner[NFT_COMMENT];
	struct owned_entries before, after;
	bool is_read;
};

/* Starts as all zero. */
struct owned_shares {
	struct owned_share *items;
	size_t count;
	bool is_misfit; /* others made the index: its keys are not ours, so nothing in it is */
};

#define cleanup_shares cleanup_with(owned_shares_release)

/* The share of an owner; new ones are to be read. Valid until the next call. */
struct owned_share *owned_shares_of(struct owned_shares *shares, const char *owner);

/* Reads `before` of all shares that were not read yet. */
int owned_shares_read(struct netlink *nl, const struct owned_table *table,
		      struct owned_shares *shares) must_check;
void owned_shares_release(struct owned_shares *shares);

/* Makes the index say what comes after. */
void owned_share_write(struct nft_batch *batch, const struct owned_table *table,
		       const struct owned_share *share);

/* True for the one element that every owner with entries has. */
bool owned_index_is_first(const struct owned_table *table, const struct nft_element *element);
