/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements that owners of an owned table are to have, and who has them now. */
#pragma once

#include "nft/ask.h"
#include "nft/owned.h"

/* A set that claimed elements stand in. */
struct claimed_set {
	char name[NFT_NAME];
	struct nft_set_state state;
	bool is_made; /* in the batch */
};

struct claim {
	struct nft_element element;
	struct nft_holder holder;
	const struct owned_entry *entry;
	size_t set; /* its number in the list of sets */
};

/*
 * Starts as all zero. The sets of however many elements are few, and each is asked for once.
 */
struct claims {
	struct claim *items;
	size_t count;
	const struct claim **sorted; /* by element, after claims_ask() */
	struct claimed_set *sets;
	size_t set_count;
};

#define cleanup_claims cleanup_with(claims_release)

/* The elements of an entry, for an owner; the entry is borrowed. */
void claims_add(struct claims *claims, const struct owned_table *table,
		const struct owned_entry *entry, const char *owner);

/* Who holds the elements, which sets there are, and whether the table is there. */
int claims_ask(struct nl *nl, const struct owned_table *table, struct claims *claims,
	       bool *ret_has_table) must_check;

/* After claims_ask(): is the element among them? */
bool claims_have(const struct claims *claims, const struct nft_element *element);

/* Somebody else has it. */
bool claim_is_disputed(const struct claim *claim);

/* It is held already, and leads where it should. */
bool claim_is_right(const struct claim *claim);

void claims_release(struct claims *claims);
