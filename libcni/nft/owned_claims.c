/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how claimed elements are asked for and found again. */
#include "nft/owned_claims.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "base/text.h"

/* The questions about so many are built at once: their number may be large. */
enum { ASKED_AT_ONCE = 1024 };

static size_t number_of_set(struct claims *claims, const char *name)
{
	struct claimed_set *set;

	for (size_t i = 0; i < claims->set_count; i++) {
		if (text_equal(claims->sets[i].name, name))
			return i;
	}
	claims->sets = xgrow(claims->sets, claims->set_count, sizeof(*claims->sets));
	set = &claims->sets[claims->set_count];
	*set = (struct claimed_set){ 0 };
	(void)snprintf(set->name, sizeof(set->name), "%s", name); /* same room */
	return claims->set_count++;
}

void claims_add(struct claims *claims, const struct owned_table *table,
		const struct owned_entry *entry, const char *owner)
{
	for (size_t i = 0; i < table->set_count; i++) {
		struct nft_element element = table->element(entry, i);
		struct claim *claim;

		if (!element.set[0])
			continue;
		claims->items = xgrow(claims->items, claims->count, sizeof(*claims->items));
		claim = &claims->items[claims->count++];
		*claim = (struct claim){ .element = element, .entry = entry };
		claim->set = number_of_set(claims, claim->element.set);
		memcpy(claim->element.comment, owner, strlen(owner) + 1);
	}
}

static int compare_elements(const struct nft_element *a, const struct nft_element *b)
{
	int order = memcmp(a->key, b->key, sizeof(a->key));

	return order ? order : strcmp(a->set, b->set);
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *const *left = a, *const *right = b;

	return compare_elements(&(*left)->element, &(*right)->element);
}

static int compare_with_claim(const void *element, const void *claim)
{
	return compare_elements(element, &(*(const struct claim *const *)claim)->element);
}

static void sort(struct claims *claims)
{
	free(claims->sorted);
	claims->sorted = xcalloc(claims->count, sizeof(struct claim *));
	for (size_t i = 0; i < claims->count; i++)
		claims->sorted[i] = &claims->items[i];
	if (claims->count > 1)
		qsort(claims->sorted, claims->count, sizeof(*claims->sorted), compare_claims);
}

static int ask_sets(struct nl *nl, const struct owned_table *table, struct claims *claims,
		    bool *ret_has_table)
{
	cleanup_nft_ask struct nft_ask ask = { 0 };

	nft_ask_table(&ask, &table->table, ret_has_table);
	for (size_t i = 0; i < claims->set_count; i++)
		nft_ask_set(&ask, &table->table, claims->sets[i].name, &claims->sets[i].state);
	return nft_ask_run(nl, &ask);
}

int claims_ask(struct nl *nl, const struct owned_table *table, struct claims *claims,
	       bool *ret_has_table)
{
	int r = ask_sets(nl, table, claims, ret_has_table);

	for (size_t from = 0; r == 0 && from < claims->count; from += ASKED_AT_ONCE) {
		cleanup_nft_ask struct nft_ask ask = { 0 };
		size_t left = claims->count - from;
		size_t to = from + (left < ASKED_AT_ONCE ? left : ASKED_AT_ONCE);

		for (size_t i = from; i < to; i++)
			nft_ask_element(&ask, &table->table, &claims->items[i].element,
					&claims->items[i].holder);
		r = nft_ask_run(nl, &ask);
		if (r == 0 && to < claims->count)
			r = signals_heard();
	}
	sort(claims);
	return r;
}

bool claims_have(const struct claims *claims, const struct nft_element *element)
{
	return claims->count > 0 && bsearch(element, claims->sorted, claims->count,
					    sizeof(*claims->sorted), compare_with_claim);
}

static bool is_held(const struct claim *claim)
{
	return claim->holder.exists && text_equal(claim->holder.comment, claim->element.comment);
}

bool claim_is_disputed(const struct claim *claim)
{
	return claim->holder.exists && !is_held(claim);
}

bool claim_is_right(const struct claim *claim)
{
	return is_held(claim) &&
	       memcmp(claim->holder.data, claim->element.data, sizeof(claim->element.data)) == 0;
}

void claims_release(struct claims *claims)
{
	free(claims->items);
	free(claims->sorted);
	free(claims->sets);
	*claims = (struct claims){ 0 };
}
