/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which waiting entries come into effect when an owner gives its own up. */
#include "nft/owned_heirs.h"

#include "base/alloc.h"
#include "base/text.h"
#include "nft/owned_share.h"

void owned_places(const struct owned_table *table, const struct owned_entries *entries,
		  bool waiting, struct owned_entries *ret)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct owned_entry place;

		if (owned_waits(&entries->items[i]) == waiting &&
		    table->place(&entries->items[i], &place))
			owned_entries_add(ret, &place);
	}
}

static bool is_changed(const struct succession *succession, const char *owner)
{
	for (size_t i = 0; i < succession->owner_count; i++) {
		if (text_equal(succession->owners[i], owner))
			return true;
	}
	return false;
}

/* The places that the owners have, but for those that the first of them still wants. */
static void find_freed(const struct succession *succession, const struct owned_shares *shares,
		       struct owned_entries *ret)
{
	cleanup_entries struct owned_entries had = { 0 }, wanted = { 0 };
	cleanup_lookup struct owned_lookup kept = { 0 };

	for (size_t i = 0; i < succession->owner_count; i++)
		owned_places(succession->table, &shares->items[i].before, false, &had);
	owned_places(succession->table, succession->wanted, false, &wanted);
	kept = owned_lookup_of(&wanted);
	for (size_t i = 0; i < had.count; i++) {
		if (!owned_lookup_has(&kept, &had.items[i]))
			owned_entries_add(ret, &had.items[i]);
	}
}

/* Everything stays, but what waits for a freed place gets it, unless it is taken already. */
static void come_into(const struct owned_table *table, struct owned_share *share,
		      const struct owned_entries *freed, struct owned_entries *taken)
{
	cleanup_lookup struct owned_lookup is_freed = owned_lookup_of(freed);
	cleanup_lookup struct owned_lookup is_taken = owned_lookup_of(taken);
	cleanup_entries struct owned_entries more = { 0 };

	for (size_t i = 0; i < share->before.count; i++) {
		struct owned_entry entry = share->before.items[i], place;

		if (owned_waits(&entry) && table->place(&entry, &place) &&
		    owned_lookup_has(&is_freed, &place) && !owned_lookup_has(&is_taken, &place)) {
			entry = owned_waiting(entry, false);
			owned_entries_add(&more, &place);
		}
		owned_entries_add(&share->after, &entry);
	}
	for (size_t i = 0; i < more.count; i++)
		owned_entries_add(taken, &more.items[i]);
}

void owned_claim_inherited(const struct owned_table *table, const struct owned_share *share,
			   struct claims *claims)
{
	for (size_t i = 0; i < share->before.count; i++) {
		if (owned_waits(&share->before.items[i]) && !owned_waits(&share->after.items[i]))
			claims_add(claims, table, &share->after.items[i], share->owner);
	}
}

/* The shares of the owners' kin, behind those of the owners. */
static int read_kin(struct netlink *nl, const struct succession *succession,
		    struct owned_kins *kins, struct owned_shares *shares)
{
	for (size_t i = 0; i < succession->owner_count; i++) {
		struct owned_kin *kin;
		int r;

		if (shares->items[i].before.count == 0)
			continue;
		r = owned_kins_of(nl, succession->table, kins, succession->owners[i], &kin);
		if (r < 0)
			return r;
		for (size_t j = 0; j < kin->before.count; j++) {
			if (!is_changed(succession, kin->before.items[j].comment))
				(void)owned_shares_of(shares,
						      kin->before.items[j].comment); /* read next */
		}
	}
	return owned_shares_read(nl, succession->table, shares);
}

int owned_inherit(struct netlink *nl, const struct succession *succession, struct owned_kins *kins,
		  struct owned_shares *shares)
{
	cleanup_entries struct owned_entries freed = { 0 }, taken = { 0 };
	int r = read_kin(nl, succession, kins, shares);

	if (r < 0 || shares->count == succession->owner_count)
		return r;
	find_freed(succession, shares, &freed);
	for (size_t i = succession->owner_count; i < shares->count; i++)
		come_into(succession->table, &shares->items[i], &freed, &taken);
	return 0;
}
