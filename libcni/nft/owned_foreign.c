/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which parts of an owned table others can have made in a way that we must not touch. */
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nft/owned_frame.h"

enum {
	TABLE_OWNED = 1 << 1, /* NFT_TABLE_F_OWNER, which older headers lack */
	/* An element that we add would mean something else, vanish, or be refused. */
	FOREIGN_FLAGS = NFT_SET_CONSTANT | NFT_SET_INTERVAL | NFT_SET_TIMEOUT | NFT_SET_OBJECT,
};

static void add_name(struct text *text, const struct nft_table *table)
{
	text_addf(text, "table %s %s", nft_family(table->family), table->name);
}

void owned_name(const struct owned_table *table, struct text *ret)
{
	add_name(ret, &table->table);
}

static void add_help(struct text *help, const struct nft_table *table)
{
	text_add(help, "run \"nft delete ");
	add_name(help, table);
	text_add(help, "\", then attach the containers anew that had entries in it");
}

bool owned_set_is_foreign(const struct owned_table *table, const struct nft_set *wanted,
			  const struct nft_set_state *state, struct text *words, struct text *help)
{
	const bool is_map = state->flags & NFT_SET_MAP;

	if (!state->exists ||
	    (state->key_size == wanted->key_size && is_map == (wanted->data_size > 0) &&
	     (!is_map || state->data_size == wanted->data_size) && !(state->flags & FOREIGN_FLAGS)))
		return false;
	text_addf(words, "%s %s of ", wanted->data_size > 0 ? "map" : "set", wanted->name);
	add_name(words, &table->table);
	text_add(words, " has another type or other flags than ours: another program made it");
	add_help(help, &table->table);
	return true;
}

static bool is_other_chain(const struct nft_base_chain *wanted,
			   const struct owned_chain_state *chain)
{
	return wanted->type && chain->exists &&
	       (!chain->is_base || chain->hook != wanted->hook ||
		chain->priority != wanted->priority || !text_equal(chain->type, wanted->type));
}

bool owned_frame_is_taken(const struct owned_frame *frame)
{
	return frame->table.flags & TABLE_OWNED;
}

static bool has_foreign_map(const struct owned_frame *frame, struct text *words, struct text *help)
{
	const struct owned_table *table = frame->of;
	struct nft_set more = table->index;

	if (owned_set_is_foreign(table, &table->index, &frame->index, words, help))
		return true;
	if (!table->more)
		return false;
	(void)snprintf(more.name, sizeof(more.name), "%s", table->more); /* it is shorter */
	return owned_set_is_foreign(table, &more, &frame->more, words, help);
}

bool owned_frame_is_foreign(const struct owned_frame *frame, struct text *words, struct text *help)
{
	const struct owned_table *table = frame->of;

	if (owned_frame_is_taken(frame)) {
		add_name(words, &table->table);
		text_add(words, " belongs to another process, which alone may change it");
		text_add(
			help,
			"\"nft list tables\" names that process; when it ends, the kernel deletes its table");
		return true;
	}
	for (size_t i = 0; i < table->chain_count; i++) {
		if (!is_other_chain(&table->chains[i], &frame->chains[i]))
			continue;
		text_addf(words, "chain %s of ", table->chains[i].name);
		add_name(words, &table->table);
		text_add(words,
			 " has another type, hook or priority than ours: another program made it");
		add_help(help, &table->table);
		return true;
	}
	return has_foreign_map(frame, words, help);
}
