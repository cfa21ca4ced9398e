/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which nftables tables there are, whoever made them: one question, before many about what is in
 * them.
 */
#pragma once

#include "nft/nft.h"

/* Starts as all zero. */
struct nft_present {
	struct present_table *items;
	size_t count;
	bool is_unknown; /* it could not be asked: any table may be there */
};

#define cleanup_present cleanup_with(nft_present_release)

/* In the namespace of the socket. A failure leads to `is_unknown`: the next question tells it. */
void nft_present_read(struct netlink *nl, struct nft_present *ret);
bool nft_present_has(const struct nft_present *present, const struct nft_table *table);

/* The table at this place; false behind the last. Its name is borrowed. */
bool nft_present_get(const struct nft_present *present, size_t i, struct nft_table *ret);
void nft_present_release(struct nft_present *present);
