/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how the index and the elements of an owned table change together: read what the owners
 * have; work out what each of them has before and after; write the difference. Whenever somebody
 * interferes this is done anew. Afterwards what became empty is tidied.
 */
#include "nft/owned.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/ask.h"
#include "nft/change.h"
#include "nft/owned_held.h"
#include "nft/owned_share.h"
#include "nft/owned_tidy.h"

/* An element that an owner is to have, or had. */
struct claim {
	struct nft_element element;
	struct nft_holder holder;
	size_t entry; /* its number in the list of wanted entries */
	struct nft_set_state set;
};

struct claims {
	struct claim *items;
	size_t count;
};

#define cleanup_claims cleanup_with(claims_release)

static void claims_release(struct claims *claims)
{
	free(claims->items);
}

/*
 * What is asked for: the first owner gets the wanted entries, the others nothing; `gone` are the
 * entries that were given up.
 */
struct request {
	const struct owned_table *table;
	const char *const *owners;
	size_t owner_count;
	struct owned_entries wanted, gone;
	owned_dispute_fn *dispute; /* NULL: whatever others have is taken over */
	void *data;
};

static void claim(struct claims *claims, const struct owned_table *table,
		  const struct owned_entry *entry, size_t number, const char *owner)
{
	for (size_t i = 0; i < table->set_count; i++) {
		struct claim *claim;

		claims->items = xgrow(claims->items, claims->count, sizeof(*claims->items));
		claim = &claims->items[claims->count++];
		*claim = (struct claim){ .element = table->element(entry, i), .entry = number };
		memcpy(claim->element.comment, owner, strlen(owner) + 1);
	}
}

static bool is_same_element(const struct nft_element *a, const struct nft_element *b)
{
	return text_equal(a->set, b->set) && memcmp(a->key, b->key, sizeof(a->key)) == 0;
}

static bool is_claimed(const struct claims *claims, const struct nft_element *element)
{
	for (size_t i = 0; i < claims->count; i++) {
		if (is_same_element(&claims->items[i].element, element))
			return true;
	}
	return false;
}

static bool is_held(const struct claim *claim)
{
	return claim->holder.exists && text_equal(claim->holder.comment, claim->element.comment);
}

/* Held, and leads where it should. */
static bool is_right(const struct claim *claim)
{
	return is_held(claim) &&
	       memcmp(claim->holder.data, claim->element.data, sizeof(claim->element.data)) == 0;
}

static int ask_claims(struct nl *nl, const struct owned_table *table, struct claims *claims,
		      bool *ret_has_table)
{
	cleanup_nft_ask struct nft_ask ask = { 0 };

	nft_ask_table(&ask, &table->table, ret_has_table);
	for (size_t i = 0; i < claims->count; i++) {
		struct claim *claim = &claims->items[i];

		nft_ask_set(&ask, &table->table, claim->element.set, &claim->set);
		nft_ask_element(&ask, &table->table, &claim->element, &claim->holder);
	}
	return nft_ask_run(nl, &ask);
}

/* True when the entry stands for one of the claimed elements. */
static bool entry_is_claimed(const struct owned_table *table, const struct owned_entry *entry,
			     const struct claims *claims)
{
	for (size_t i = 0; i < table->set_count; i++) {
		struct nft_element element = table->element(entry, i);

		if (is_claimed(claims, &element))
			return true;
	}
	return false;
}

/* Whoever else has a claimed element loses the entry that it belongs to. */
static int take_over(struct nl *nl, const struct owned_table *table, const struct claims *claims,
		     struct owned_shares *shares)
{
	size_t own = shares->count;
	int r;

	for (size_t i = 0; i < claims->count; i++) {
		const struct nft_holder *holder = &claims->items[i].holder;

		if (holder->exists && holder->comment[0])
			(void)owned_shares_of(shares, holder->comment); /* read below */
	}
	r = owned_shares_read(nl, table, shares);
	if (r < 0)
		return r;
	for (size_t i = own; i < shares->count; i++) {
		struct owned_share *share = &shares->items[i];

		for (size_t j = 0; j < share->before.count; j++) {
			if (!entry_is_claimed(table, &share->before.items[j], claims))
				owned_entries_add(&share->after, &share->before.items[j]);
		}
	}
	return 0;
}

static int settle_disputes(struct nl *nl, const struct request *request,
			   const struct claims *claims)
{
	int r = 0;

	for (size_t i = 0; request->dispute && r == 0 && i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];

		if (claim->holder.exists && !is_held(claim))
			r = request->dispute(nl, &claim->element, claim->holder.comment,
					     request->data);
	}
	return r;
}

/* The elements of an entry that the owner gives up, but for those that are claimed anew. */
static void lose(struct nft_elements *lost, const struct owned_table *table,
		 const struct owned_entry *entry, const char *owner, const struct claims *claims)
{
	for (size_t i = 0; i < table->set_count; i++) {
		struct nft_element element = table->element(entry, i);

		if (is_claimed(claims, &element))
			continue;
		memcpy(element.comment, owner, strlen(owner) + 1);
		lost->items = xgrow(lost->items, lost->count, sizeof(element));
		lost->items[lost->count++] = element;
	}
}

/* Elements of entries that are given up are deleted if they are still their owner's. */
static int write_losses(struct nl *nl, struct nft_batch *batch, struct request *request,
			const struct owned_shares *shares, const struct claims *claims)
{
	cleanup_nft_elements struct nft_elements lost = { 0 };
	const struct owned_table *table = request->table;
	int r;

	for (size_t i = 0; i < shares->count; i++) {
		const struct owned_share *share = &shares->items[i];

		for (size_t j = 0; j < share->before.count; j++) {
			const struct owned_entry *entry = &share->before.items[j];

			if (owned_entries_contain(&share->after, entry))
				continue;
			owned_entries_add(&request->gone, entry);
			lose(&lost, table, entry, share->owner, claims);
		}
	}
	r = owned_keep_held(nl, &table->table, &lost);
	for (size_t i = 0; r == 0 && i < lost.count; i++)
		nft_delete_element(batch, &table->table, &lost.items[i]);
	return r;
}

static void make_index(struct nft_batch *batch, const struct owned_table *table)
{
	struct nft_set more = table->index;

	nft_add_set(batch, &table->table, &table->index);
	if (!table->more)
		return;
	(void)snprintf(more.name, sizeof(more.name), "%s", table->more); /* it is shorter */
	nft_add_set(batch, &table->table, &more);
}

static void make_table(struct nft_batch *batch, const struct owned_table *table)
{
	nft_add_table(batch, &table->table);
	for (size_t i = 0; i < table->chain_count; i++)
		nft_add_base_chain(batch, &table->table, &table->chains[i]);
	make_index(batch, table);
	for (size_t i = 0; i < table->fixed_rule_count; i++)
		nft_add_rule(batch, table->fixed_rule(i));
}

/* Makes the sets of an entry and the rules that read them, unless an earlier claim did. */
static void make_sets(struct nft_batch *batch, const struct request *request,
		      const struct claims *claims, size_t i)
{
	const struct owned_table *table = request->table;
	const struct owned_entry *entry = &request->wanted.items[claims->items[i].entry];

	for (size_t j = 0; j < i; j++) {
		if (text_equal(claims->items[j].element.set, claims->items[i].element.set))
			return;
	}
	for (size_t j = 0; j < table->set_count; j++) {
		struct nft_set set = table->set(entry, j);

		nft_add_set(batch, &table->table, &set);
	}
	for (size_t j = 0; j < table->rule_count; j++) {
		struct nftnl_rule *rule = table->rule(entry, j);

		if (rule)
			nft_add_rule(batch, rule);
	}
}

static void write_claims(struct nft_batch *batch, const struct request *request,
			 const struct claims *claims)
{
	const struct owned_table *table = request->table;

	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];

		if (is_right(claim))
			continue;
		if (claim->holder.exists)
			nft_delete_element(batch, &table->table, &claim->element);
		if (!claim->set.exists && i % table->set_count == 0)
			make_sets(batch, request, claims, i);
		nft_add_element(batch, &table->table, &claim->element);
	}
}

/* What the owners had, and what the first of them is to have. */
static int read_shares(struct nl *nl, const struct request *request, struct owned_shares *shares)
{
	int r;

	for (size_t i = 0; i < request->owner_count; i++)
		(void)owned_shares_of(shares, request->owners[i]); /* read next */
	r = owned_shares_read(nl, request->table, shares);
	for (size_t i = 0; r == 0 && i < request->wanted.count; i++)
		owned_entries_add(&shares->items[0].after, &request->wanted.items[i]);
	return r;
}

static int plan(struct nl *nl, struct nft_batch *batch, void *data)
{
	struct request *request = data;
	const struct owned_table *table = request->table;
	cleanup_shares struct owned_shares shares = { 0 };
	cleanup_claims struct claims claims = { 0 };
	bool has_table = true;
	int r;

	owned_entries_release(&request->gone);
	for (size_t i = 0; i < request->wanted.count; i++)
		claim(&claims, table, &request->wanted.items[i], i, request->owners[0]);
	r = read_shares(nl, request, &shares);
	if (r == 0 && claims.count > 0)
		r = ask_claims(nl, table, &claims, &has_table);
	if (r == 0)
		r = settle_disputes(nl, request, &claims);
	if (r == 0)
		r = take_over(nl, table, &claims, &shares);
	if (r < 0)
		return r;
	if (!has_table)
		make_table(batch, table);
	for (size_t i = 0; i < shares.count; i++)
		owned_share_write(batch, table, &shares.items[i]);
	r = write_losses(nl, batch, request, &shares, &claims);
	if (r == 0)
		write_claims(batch, request, &claims);
	return r;
}

static int carry_out(struct nl *nl, struct request *request)
{
	int r = nft_change(nl, plan, request);

	if (r == 0 && (request->gone.count > 0 || request->wanted.count == 0))
		owned_tidy(nl, request->table, &request->gone);
	owned_entries_release(&request->gone);
	return r;
}

int owned_claim(struct nl *nl, const struct owned_table *table, const char *owner,
		const struct owned_entry *entries, size_t count, owned_dispute_fn *dispute,
		void *data)
{
	cleanup_entries struct owned_entries wanted = { 0 };
	struct request request = {
		.table = table, .owners = &owner, .owner_count = 1, .dispute = dispute, .data = data
	};

	for (size_t i = 0; i < count; i++) {
		if (!owned_entries_contain(&wanted, &entries[i]))
			owned_entries_add(&wanted, &entries[i]);
	}
	request.wanted = wanted;
	return carry_out(nl, &request);
}

int owned_set(struct nl *nl, const struct owned_table *table, const char *owner,
	      const struct owned_entry *entries, size_t count)
{
	return owned_claim(nl, table, owner, entries, count, NULL, NULL);
}

int owned_delete(struct nl *nl, const struct owned_table *table, const char *const *owners,
		 size_t count)
{
	struct request request = { .table = table, .owners = owners, .owner_count = count };

	return carry_out(nl, &request);
}
