/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how the index and the elements of an owned table change together: read what the owners
 * have; work out what each of them has before and after; write the difference.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/owned_claims.h"
#include "nft/owned_heirs.h"
#include "nft/owned_held.h"
#include "nft/owned_request.h"

/* True when the entry stands for one of the claimed elements. */
static bool entry_is_claimed(const struct owned_table *table, const struct owned_entry *entry,
			     const struct claims *claims)
{
	for (size_t i = 0; i < table->set_count; i++) {
		struct nft_element element = table->element(entry, i);

		if (element.set[0] && claims_have(claims, &element))
			return true;
	}
	return false;
}

/* Whoever else has a claimed element loses the entry that it belongs to. */
static int take_over(struct netlink *nl, const struct owned_table *table,
		     const struct claims *claims, struct owned_shares *shares)
{
	size_t own = shares->count;
	int r;

	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];

		if (claim_is_disputed(claim) && claim->holder.comment[0])
			(void)owned_shares_of(shares, claim->holder.comment); /* read below */
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

/* What became of an owner's wish: some of it may have to wait for its kin. */
struct outcome {
	struct owned_entries now; /* the wanted entries, those that wait marked */
	bool waits;
	struct owned_shares shares;
	struct owned_kins kins;
	struct claims claims;
};

static void outcome_release(struct outcome *outcome)
{
	owned_entries_release(&outcome->now);
	owned_shares_release(&outcome->shares);
	owned_kins_release(&outcome->kins);
	claims_release(&outcome->claims);
}

/* Notes that the owner waits for the holder. */
static int note_kin(struct netlink *nl, const struct owned_request *request, const char *holder,
		    struct outcome *outcome)
{
	struct owned_kin *kin;
	int r = owned_kins_of(nl, request->table, &outcome->kins, holder, &kin);

	if (r < 0)
		return r;
	owned_kin_add(kin, holder);
	owned_kin_add(kin, request->owners[0]);
	return 0;
}

/* Marks the wanted entries of these places. */
static void let_wait(const struct owned_table *table, const struct owned_entries *places,
		     struct outcome *outcome)
{
	cleanup_lookup struct owned_lookup waiting = owned_lookup_of(places);

	for (size_t i = 0; i < outcome->now.count; i++) {
		struct owned_entry *entry = &outcome->now.items[i], place;

		if (table->place(entry, &place) && owned_lookup_has(&waiting, &place))
			*entry = owned_waiting(*entry, true);
	}
	outcome->waits = true;
}

static int settle_disputes(struct netlink *nl, const struct owned_request *request,
			   struct outcome *outcome)
{
	cleanup_entries struct owned_entries places = { 0 };
	int r = 0;

	for (size_t i = 0; request->dispute && r >= 0 && i < outcome->claims.count; i++) {
		const struct claim *claim = &outcome->claims.items[i];
		struct owned_entry place;

		if (!claim_is_disputed(claim) ||
		    !text_equal(claim->element.comment, request->owners[0]))
			continue;
		r = request->dispute(nl, claim->entry, claim->holder.comment, request->data);
		if (r != OWNED_WAIT || !request->table->place(claim->entry, &place))
			continue;
		owned_entries_add(&places, &place);
		r = note_kin(nl, request, claim->holder.comment, outcome);
	}
	if (r >= 0 && places.count > 0)
		let_wait(request->table, &places, outcome);
	return r < 0 ? r : 0;
}

/* The elements of an entry that the owner gives up, but for those that are claimed anew. */
static void lose(struct nft_elements *lost, const struct owned_table *table,
		 const struct owned_entry *entry, const char *owner, const struct claims *claims)
{
	for (size_t i = 0; i < table->set_count; i++) {
		struct nft_element element = table->element(entry, i);

		if (!element.set[0] || claims_have(claims, &element))
			continue;
		memcpy(element.comment, owner, strlen(owner) + 1);
		lost->items = xgrow(lost->items, lost->count, sizeof(element));
		lost->items[lost->count++] = element;
	}
}

/* Elements of entries that are given up are deleted if they are still their owner's. */
static int write_losses(struct netlink *nl, struct nft_batch *batch, struct owned_request *request,
			const struct owned_shares *shares, const struct claims *claims)
{
	cleanup_nft_elements struct nft_elements lost = { 0 };
	const struct owned_table *table = request->table;
	int r;

	for (size_t i = 0; i < shares->count; i++) {
		const struct owned_share *share = &shares->items[i];
		cleanup_lookup struct owned_lookup after = owned_lookup_of(&share->after);

		for (size_t j = 0; j < share->before.count; j++) {
			const struct owned_entry *entry = &share->before.items[j];

			if (owned_lookup_has(&after, entry))
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

/* The sets that entries need, and the rules that read them. */
static void write_sets(struct nft_batch *batch, const struct owned_table *table,
		       const struct claims *claims)
{
	for (size_t i = 0; i < claims->set_count; i++) {
		if (!claims->sets[i].state.exists)
			nft_add_set(batch, &table->table, &claims->sets[i].wanted);
	}
	for (size_t i = 0; i < claims->set_count; i++) {
		if (claims->sets[i].first)
			owned_frame_write_rules(&claims->frame, claims->sets[i].first, batch);
	}
}

static void write_claims(struct nft_batch *batch, const struct owned_table *table,
			 const struct claims *claims)
{
	write_sets(batch, table, claims);
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];

		if (claim_is_right(claim))
			continue;
		if (claim->holder.exists)
			nft_delete_element(batch, &table->table, &claim->element);
		nft_add_element(batch, &table->table, &claim->element);
	}
	owned_frame_finish(&claims->frame, batch);
}

/* What the owners had, and what the first of them is to have. */
static int read_shares(struct netlink *nl, const struct owned_request *request,
		       struct owned_shares *shares)
{
	for (size_t i = 0; i < request->owner_count; i++)
		(void)owned_shares_of(shares, request->owners[i]); /* read next */
	return owned_shares_read(nl, request->table, shares);
}

/* Who inherits what the owners give up. */
static int find_heirs(struct netlink *nl, const struct owned_request *request,
		      struct outcome *outcome)
{
	const struct succession succession = { request->table, request->owners,
					       request->owner_count, &outcome->now };

	return request->table->place
		       ? owned_inherit(nl, &succession, &outcome->kins, &outcome->shares)
		       : 0;
}

/* Claims what is wanted and what is inherited, and asks who has it. */
static int claim_all(struct netlink *nl, const struct owned_request *request,
		     struct outcome *outcome)
{
	struct claims *claims = &outcome->claims;
	int r;

	claims_release(claims);
	for (size_t i = 0; i < outcome->now.count; i++)
		claims_add(claims, request->table, &outcome->now.items[i], request->owners[0]);
	for (size_t i = request->owner_count; i < outcome->shares.count; i++)
		owned_claim_inherited(request->table, &outcome->shares.items[i], claims);
	r = claims->count > 0 ? claims_ask(nl, request->table, claims) : 0;
	return r == 0 && request->wanted.count > 0 ? claims_judge(request->table, claims) : r;
}

/* Whoever has nothing any more is nobody's kin. */
static int forget_kin(struct netlink *nl, const struct owned_request *request,
		      struct outcome *outcome)
{
	for (size_t i = 0; request->table->place && i < outcome->shares.count; i++) {
		const struct owned_share *share = &outcome->shares.items[i];
		struct owned_kin *kin;
		int r;

		if (share->before.count == 0 || share->after.count > 0)
			continue;
		r = owned_kins_of(nl, request->table, &outcome->kins, share->owner, &kin);
		if (r < 0)
			return r;
		owned_kin_remove(kin, share->owner);
	}
	return 0;
}

static int work_out(struct netlink *nl, const struct owned_request *request,
		    struct outcome *outcome)
{
	int r = read_shares(nl, request, &outcome->shares);

	for (size_t i = 0; i < request->wanted.count; i++)
		owned_entries_add(&outcome->now, &request->wanted.items[i]);
	r = r ?: find_heirs(nl, request, outcome)
		    ?: claim_all(nl, request, outcome)
		    ?: settle_disputes(nl, request, outcome)
		    ?: (outcome->waits ? claim_all(nl, request, outcome) : 0);
	if (r < 0)
		return r;
	for (size_t i = 0; i < outcome->now.count; i++)
		owned_entries_add(&outcome->shares.items[0].after, &outcome->now.items[i]);
	return take_over(nl, request->table, &outcome->claims, &outcome->shares)
		       ?: forget_kin(nl, request, outcome);
}

int owned_plan(struct netlink *nl, struct nft_batch *batch, struct owned_request *request)
{
	const struct owned_table *table = request->table;
	cleanup_with(outcome_release) struct outcome outcome = { 0 };
	int r;

	owned_entries_release(&request->gone);
	r = work_out(nl, request, &outcome);
	request->is_misfit = outcome.shares.is_misfit;
	if (r < 0)
		return r;
	if (outcome.claims.count > 0)
		owned_frame_write(&outcome.claims.frame, batch);
	for (size_t i = 0; i < outcome.shares.count; i++)
		owned_share_write(batch, table, &outcome.shares.items[i]);
	owned_kins_write(batch, table, &outcome.kins);
	r = write_losses(nl, batch, request, &outcome.shares, &outcome.claims);
	if (r == 0 && outcome.claims.count > 0)
		write_claims(batch, table, &outcome.claims);
	/* The holder for which somebody waits must not go meanwhile. */
	batch->is_structural |= outcome.waits;
	return r;
}
