/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what must be there for the entries of an owned table to have their effect. */
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "base/text.h"
#include "nft/ask.h"
#include "nft/owned_frame.h"

/* What is asked for. */
struct inspection {
	struct netlink *nl;
	const struct owned_table *table;
	const char *owner;
	const struct owned_entry *entries;
	size_t count;
	struct owned_frame frame;
};

static void inspection_release(struct inspection *in)
{
	owned_frame_release(&in->frame);
}

static bool has_element(const struct owned_table *table, const struct owned_entry *entry)
{
	return table->element(entry, 0).set[0];
}

static bool is_kept(const struct inspection *in, size_t entry, const struct nft_holder *holders)
{
	for (size_t i = 0; i < in->table->set_count; i++) {
		if (!has_element(in->table, &in->entries[entry]))
			return true;
		if (!holders[i].exists || !text_equal(holders[i].comment, in->owner))
			return false;
	}
	return true;
}

static void say_altered(struct owned_finding *ret, const char *words, const char *more)
{
	*ret = (struct owned_finding){ .state = OWNED_ALTERED, .entry = OWNED_ALL };
	(void)snprintf(ret->words, sizeof(ret->words), "%s%s", words, more); /* a cut one helps */
}

static void check_frame(const struct inspection *in, struct owned_finding *ret)
{
	cleanup_text struct text words = { 0 }, help = { 0 }, name = { 0 };
	const struct owned_frame *frame = &in->frame;
	const struct owned_table *table = in->table;

	owned_name(table, &name);
	if (!frame->table.exists) {
		*ret = (struct owned_finding){ .state = OWNED_NO_TABLE };
	} else if (owned_frame_is_foreign(frame, &words, &help)) {
		say_altered(ret, words.s, "");
	} else if (frame->table.flags & NFT_TABLE_F_DORMANT) {
		say_altered(ret, name.s, " is dormant");
	}
	for (size_t i = 0; ret->state == OWNED_WELL && i < table->chain_count; i++) {
		if (table->chains[i].type && !frame->chains[i].exists)
			*ret = (struct owned_finding){ .state = OWNED_NO_CHAIN };
		else if (frame->chains[i].drops)
			say_altered(ret, name.s, ": the policy of a chain is drop");
	}
}

/* The first thing that is missing among those that can be asked for in one go. */
static int check_objects(struct inspection *in, struct owned_finding *ret)
{
	const struct owned_table *table = in->table;
	cleanup_free struct nft_holder *holders = xcalloc(in->count * table->set_count + 1,
							  sizeof(*holders));
	cleanup_nft_ask struct nft_ask ask = { 0 };
	int r;

	owned_frame_ask(&in->frame, table, &ask);
	for (size_t i = 0; i < in->count * table->set_count; i++) {
		struct nft_element element = table->element(&in->entries[i / table->set_count],
							    i % table->set_count);

		if (element.set[0])
			nft_ask_element(&ask, &table->table, &element, &holders[i]);
	}
	r = nft_ask_run(in->nl, &ask);
	owned_frame_read(&in->frame);
	if (r < 0)
		return r;
	check_frame(in, ret);
	for (size_t i = 0; ret->state == OWNED_WELL && i < in->count; i++) {
		if (!is_kept(in, i, &holders[i * table->set_count]))
			*ret = (struct owned_finding){ .state = OWNED_NO_ELEMENT, .entry = i };
	}
	return 0;
}

/* What the sets of an entry are called; entries with the same sets need the same rules. */
struct set_names {
	char text[OWNED_SETS][NFT_NAME];
};

/* The sets of however many entries are few. */
struct seen {
	struct set_names *items;
	size_t count;
};

static void seen_release(struct seen *seen)
{
	free(seen->items);
}

/* False the first time. */
static bool was_seen(struct seen *seen, const struct owned_table *table,
		     const struct owned_entry *entry)
{
	struct set_names names = { 0 };

	for (size_t i = 0; i < table->set_count; i++) {
		struct nft_set set = table->set(entry, i);

		memcpy(names.text[i], set.name, sizeof(names.text[i]));
	}
	for (size_t i = 0; i < seen->count; i++) {
		if (memcmp(&seen->items[i], &names, sizeof(names)) == 0)
			return true;
	}
	seen->items = xgrow(seen->items, seen->count, sizeof(names));
	seen->items[seen->count++] = names;
	return false;
}

static int check_rules(const struct inspection *in, struct owned_finding *ret)
{
	cleanup_with(seen_release) struct seen seen = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && ret->state == OWNED_WELL && i < in->count; i++) {
		if (has_element(in->table, &in->entries[i]) &&
		    !was_seen(&seen, in->table, &in->entries[i]) &&
		    !owned_frame_has_rules(&in->frame, &in->entries[i]))
			*ret = (struct owned_finding){ .state = OWNED_NO_RULE, .entry = i };
		r = signals_in_turn(i);
	}
	return r;
}

static int check_index(const struct inspection *in, struct owned_finding *ret)
{
	cleanup_entries struct owned_entries noted = { 0 };
	cleanup_lookup struct owned_lookup kept = { 0 };
	int r = owned_read(in->nl, in->table, in->owner, &noted);

	if (r < 0)
		return r;
	kept = owned_lookup_of(&noted);
	for (size_t i = 0; ret->state == OWNED_WELL && i < in->count; i++) {
		if (!owned_lookup_has(&kept, &in->entries[i]))
			*ret = (struct owned_finding){ .state = OWNED_NO_INDEX, .entry = i };
	}
	return 0;
}

static void check_fixed_rules(const struct inspection *in, struct owned_finding *ret)
{
	for (size_t i = 0; i < in->table->chain_count; i++) {
		if (in->frame.fixed[i].missing > 0)
			*ret = (struct owned_finding){ .state = OWNED_NO_RULE, .entry = OWNED_ALL };
	}
}

int owned_inspect(struct netlink *nl, const char *owner, const struct owned_wish *wish,
		  struct owned_finding *ret)
{
	cleanup_with(inspection_release) struct inspection in = { .nl = nl,
								  .table = wish->table,
								  .owner = owner,
								  .entries = wish->entries.items,
								  .count = wish->entries.count };
	int r;

	*ret = (struct owned_finding){ .state = OWNED_WELL };
	r = check_objects(&in, ret);
	if (r == 0 && ret->state == OWNED_WELL)
		r = check_rules(&in, ret);
	if (r == 0 && ret->state == OWNED_WELL)
		r = check_index(&in, ret);
	if (r == 0 && ret->state == OWNED_WELL)
		check_fixed_rules(&in, ret);
	return r;
}
