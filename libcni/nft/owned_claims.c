/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how claimed elements are asked for and found again. */
#include "nft/owned_claims.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "base/text.h"

/* The questions about so many are built at once: their number may be large. */
enum { ASKED_AT_ONCE = 1024 };

/* Set i of an entry. */
static size_t number_of_set(struct claims *claims, const struct owned_table *table,
			    const struct owned_entry *entry, size_t i)
{
	const struct nft_set wanted = table->set(entry, i);

	for (size_t j = 0; j < claims->set_count; j++) {
		if (text_equal(claims->sets[j].wanted.name, wanted.name))
			return j;
	}
	claims->sets = xgrow(claims->sets, claims->set_count, sizeof(*claims->sets));
	claims->sets[claims->set_count] = (struct claimed_set){ .wanted = wanted,
								.first = i == 0 ? entry : NULL };
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
		claim->set = number_of_set(claims, table, entry, i);
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

static bool is_foreign(const struct owned_table *table, const struct claims *claims,
		       struct text *words, struct text *help)
{
	if (owned_frame_is_foreign(&claims->frame, words, help))
		return true;
	for (size_t i = 0; i < claims->set_count; i++) {
		const struct claimed_set *set = &claims->sets[i];

		if (owned_set_is_foreign(table, &set->wanted, &set->state, words, help))
			return true;
	}
	return false;
}

int claims_judge(const struct owned_table *table, const struct claims *claims)
{
	cleanup_text struct text words = { 0 }, help = { 0 };

	if (!is_foreign(table, claims, &words, &help))
		return 0;
	return owned_frame_is_taken(&claims->frame) ? -EPERM : -EINVAL;
}

static int ask_sets(struct netlink *nl, const struct owned_table *table, struct claims *claims)
{
	cleanup_nft_ask struct nft_ask ask = { 0 };
	int r;

	owned_frame_ask(&claims->frame, table, &ask);
	for (size_t i = 0; i < claims->set_count; i++)
		nft_ask_set(&ask, &table->table, claims->sets[i].wanted.name,
			    &claims->sets[i].state);
	r = nft_ask_run(nl, &ask);
	owned_frame_read(&claims->frame);
	return r;
}

int claims_ask(struct netlink *nl, const struct owned_table *table, struct claims *claims)
{
	int r = ask_sets(nl, table, claims);

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

bool claims_find_foreign(struct netlink *nl, const struct owned_wish *wish, struct text *words,
			 struct text *help)
{
	cleanup_claims struct claims claims = { 0 };

	for (size_t i = 0; i < wish->entries.count; i++)
		claims_add(&claims, wish->table, &wish->entries.items[i], "");
	return ask_sets(nl, wish->table, &claims) == 0 &&
	       is_foreign(wish->table, &claims, words, help);
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
	owned_frame_release(&claims->frame);
	*claims = (struct claims){ 0 };
}
