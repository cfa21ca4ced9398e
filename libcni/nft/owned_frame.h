/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the entries of an owned table rely on: the table itself, its index, its chains and the
 * rules. Other programs flush, delete and reload what they want, so whoever adds an entry asks for
 * all of it in the round trip in which he asks for the sets, and restores what is missing in the
 * transaction that adds the entry.
 */
#pragma once

#include "base/text.h"
#include "nft/ask.h"
#include "nft/owned.h"
#include "nft/rule_list.h"

struct owned_table_state {
	bool exists;
	uint32_t flags; /* NFT_TABLE_F_* */
};

struct owned_chain_state {
	bool exists, is_base, drops;
	uint32_t hook;
	int priority;
	char type[16];
};

/* A rule that is there. */
struct owned_rule {
	const struct nlmsghdr *rule;
	char *outline;
};

/* Rules that belong together, of one chain or of several. */
struct owned_group {
	struct nftnl_rule **rules;
	char **outlines;
	const struct owned_rule **present; /* NULL where there is none */
	size_t count, missing;
};

/* Starts as all zero. */
struct owned_frame {
	const struct owned_table *of;
	struct owned_table_state table;
	struct nft_set_state index, more;
	struct owned_chain_state chains[OWNED_CHAINS]; /* of base chains */
	struct nft_rules rules;
	/* after owned_frame_read(): */
	struct owned_rule *outlined;		/* the same */
	struct owned_group fixed[OWNED_CHAINS]; /* what each chain has whoever has entries */
};

#define cleanup_frame cleanup_with(owned_frame_release)

/* Adds its questions, which an ask without any other list may have. */
void owned_frame_ask(struct owned_frame *frame, const struct owned_table *table,
		     struct nft_ask *ask);

/* Reads the answers. */
void owned_frame_read(struct owned_frame *frame);

/*
 * What of the frame others made in a way that cannot be restored: another process owns the table, a
 * chain has another hook, a map other keys. False: nothing. The words name it, and what helps.
 */
bool owned_frame_is_foreign(const struct owned_frame *frame, struct text *ret_words,
			    struct text *ret_help);

/* True when another process owns the table. */
bool owned_frame_is_taken(const struct owned_frame *frame);

/* The same for a set of the table, as it is and as it should be. */
bool owned_set_is_foreign(const struct owned_table *table, const struct nft_set *wanted,
			  const struct nft_set_state *state, struct text *ret_words,
			  struct text *ret_help);

/* "table inet cni_masquerade" */
void owned_name(const struct owned_table *table, struct text *ret);

/*
 * What is missing of what all entries need, and would be restored: NULL, or a word for it
 * ("its rules").
 */
const char *owned_frame_missing(const struct owned_frame *frame);

/* True when all rules stand that the sets of this entry need. */
bool owned_frame_has_rules(const struct owned_frame *frame, const struct owned_entry *entry);

/* Restores table, chains, index and the rules that all need. */
void owned_frame_write(struct owned_frame *frame, struct nft_batch *batch);

/* Restores the rules for the sets of an entry, which are there by now. */
void owned_frame_write_rules(const struct owned_frame *frame, const struct owned_entry *entry,
			     struct nft_batch *batch);

/* The last of the batch. */
void owned_frame_finish(const struct owned_frame *frame, struct nft_batch *batch);

void owned_frame_release(struct owned_frame *frame);
