/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements that owners of an owned table are to have, and who has them now. */
#pragma once

#include "nft/ask.h"
#include "nft/owned.h"
#include "nft/owned_frame.h"

/* A set that claimed elements stand in. */
struct claimed_set {
	struct nft_set wanted;
	const struct owned_entry *first; /* NULL: its rules come with another set */
	struct nft_set_state state;
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
	struct owned_frame frame;
};

#define cleanup_claims cleanup_with(claims_release)

/* The elements of an entry, for an owner; the entry is borrowed. */
void claims_add(struct claims *claims, const struct owned_table *table,
		const struct owned_entry *entry, const char *owner);

/* Who holds the elements, which sets there are, and what they rely on. */
int claims_ask(struct netlink *nl, const struct owned_table *table,
	       struct claims *claims) must_check;

/* After it: -EPERM or -EINVAL when others made something of it that must not be touched. */
int claims_judge(const struct owned_table *table, const struct claims *claims) must_check;

/*
 * What of the table, or of the sets of these entries, others made in a way that cannot be restored;
 * false when there is nothing of the kind, or it cannot be asked.
 */
bool claims_find_foreign(struct netlink *nl, const struct owned_wish *wish, struct text *ret_words,
			 struct text *ret_help);

/* After claims_ask(): is the element among them? */
bool claims_have(const struct claims *claims, const struct nft_element *element);

/* Somebody else has it. */
bool claim_is_disputed(const struct claim *claim);

/* It is held already, and leads where it should. */
bool claim_is_right(const struct claim *claim);

void claims_release(struct claims *claims);
