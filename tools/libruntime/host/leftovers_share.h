/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of leftovers.h have in common: chains in tables of all, and tables of theirs.
 */
#pragma once

#include "base/text.h"
#include "host/leftovers.h"
#include "nft/chains.h"
#include "nft/reference_names.h"

enum { LEFTOVER_TABLES = 3 };

struct leftover_chain {
	struct nft_table table; /* constant names */
	char *name;
};

struct survey {
	struct netlink *nl;
	struct reference_names *known;
	size_t known_count;
	const char *const *bridges; /* borrowed */
	size_t bridge_count;
	struct leftover_chain *chains; /* of theirs, in tables that are not */
	size_t chain_count;
	bool has_table[LEFTOVER_TABLES];
	leftover_fn *fn;
	void *data;
};

/* Words of nft, each with a semicolon and a space behind it. */
void leftovers_report(const struct survey *survey, const char *what, const struct text *words);

/* Remembers that there is a table of theirs. */
void leftovers_note_table(struct survey *survey, const struct nft_chain_view *chain);
int leftovers_of_tables(const struct survey *survey) must_check;
