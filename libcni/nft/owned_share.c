/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows the keys of the index, and how the list of an owner's entries is read and rewritten
 * there.
 */
#include "nft/owned_share.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sha512.h"
#include "base/signals.h"
#include "base/text.h"
#include "nft/ask.h"

/* As many as stand in the first of two maps, so that one question is about one map. */
enum { ASKED_AT_ONCE = 4 };

static bool owned_entry_equal(const struct owned_entry *a, const struct owned_entry *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void owned_entries_add(struct owned_entries *entries, const struct owned_entry *entry)
{
	entries->items = xgrow(entries->items, entries->count, sizeof(*entries->items));
	entries->items[entries->count++] = *entry;
}

void owned_entries_release(struct owned_entries *entries)
{
	free(entries->items);
	*entries = (struct owned_entries){ 0 };
}

struct owned_share *owned_shares_of(struct owned_shares *shares, const char *owner)
{
	struct owned_share *share;

	for (size_t i = 0; i < shares->count; i++) {
		if (text_equal(shares->items[i].owner, owner))
			return &shares->items[i];
	}
	shares->items = xgrow(shares->items, shares->count, sizeof(*shares->items));
	share = &shares->items[shares->count++];
	*share = (struct owned_share){ 0 };
	(void)snprintf(share->owner, sizeof(share->owner), "%s", owner); /* owners are shorter */
	return share;
}

void owned_shares_release(struct owned_shares *shares)
{
	for (size_t i = 0; i < shares->count; i++) {
		owned_entries_release(&shares->items[i].before);
		owned_entries_release(&shares->items[i].after);
	}
	free(shares->items);
}

/* Element i of an owner in the index, without its entry. */
static struct nft_element index_element(const struct owned_table *table, const char *owner,
					size_t i)
{
	struct nft_element element = { .key_size = table->index.key_size,
				       .data_size = table->index.data_size };
	char text[NFT_COMMENT + sizeof("#18446744073709551615")];
	const char *set = table->more && i >= ASKED_AT_ONCE ? table->more : table->index.name;
	uint8_t digest[SHA512_SIZE];

	(void)snprintf(text, sizeof(text), "%s#%zu", owner, i); /* it fits */
	sha512(text, strlen(text), digest);
	memcpy(element.key, digest, element.key_size);
	(void)snprintf(element.set, sizeof(element.set), "%s", set); /* names are shorter */
	(void)snprintf(element.comment, sizeof(element.comment), "%s", owner); /* same room */
	return element;
}

bool owned_index_is_first(const struct owned_table *table, const struct nft_element *element)
{
	struct nft_element first = index_element(table, element->comment, 0);

	return memcmp(first.key, element->key, sizeof(first.key)) == 0;
}

static void ask_share(struct nft_ask *ask, const struct owned_table *table,
		      const struct owned_share *share, struct nft_elements *ret)
{
	struct nft_element wanted[ASKED_AT_ONCE];

	for (size_t i = 0; i < ASKED_AT_ONCE; i++)
		wanted[i] = index_element(table, share->owner, share->before.count + i);
	nft_ask_elements(ask, &table->table, wanted, ASKED_AT_ONCE, ret);
}

static void take_share(struct owned_share *share, const struct nft_elements *found)
{
	for (size_t i = 0; i < found->count; i++) {
		struct owned_entry entry = { 0 };

		memcpy(entry.bytes, found->items[i].data, sizeof(entry.bytes));
		owned_entries_add(&share->before, &entry);
	}
	share->is_read = found->count < ASKED_AT_ONCE;
}

/*
 * One question for each share that was not read to its end; returns how many there were, or
 * -errno.
 */
static int read_more(struct netlink *nl, const struct owned_table *table,
		     struct owned_shares *shares)
{
	cleanup_free struct nft_elements *found = xcalloc(shares->count, sizeof(*found));
	cleanup_nft_ask struct nft_ask ask = { 0 };
	int unread = 0;
	int r;

	for (size_t i = 0; i < shares->count; i++) {
		if (!shares->items[i].is_read) {
			ask_share(&ask, table, &shares->items[i], &found[i]);
			unread++;
		}
	}
	r = nft_ask_run(nl, &ask);
	shares->is_misfit |= ask.is_misfit;
	for (size_t i = 0; i < shares->count; i++) {
		if (r == 0 && !shares->items[i].is_read)
			take_share(&shares->items[i], &found[i]);
		nft_elements_release(&found[i]);
	}
	return r < 0 ? r : unread;
}

int owned_shares_read(struct netlink *nl, const struct owned_table *table,
		      struct owned_shares *shares)
{
	size_t turn = 0;
	int r;

	do {
		r = read_more(nl, table, shares);
		if (r > 0 && signals_in_turn(turn++) < 0)
			return -EINTR;
	} while (r > 0);
	return r;
}

void owned_share_write(struct nft_batch *batch, const struct owned_table *table,
		       const struct owned_share *share)
{
	const struct owned_entries *before = &share->before;
	const struct owned_entries *after = &share->after;
	size_t count = before->count > after->count ? before->count : after->count;

	for (size_t i = 0; i < count; i++) {
		struct nft_element element = index_element(table, share->owner, i);

		if (i < before->count && i < after->count &&
		    owned_entry_equal(&before->items[i], &after->items[i]))
			continue;
		if (i < before->count)
			nft_delete_element(batch, &table->table, &element);
		if (i < after->count) {
			memcpy(element.data, after->items[i].bytes, sizeof(after->items[i].bytes));
			nft_add_element(batch, &table->table, &element);
		}
	}
}
