/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of leftovers.h have in common: chains in tables of all, and tables of theirs.
 */
#pragma once

#include "base/text.h"
#include "host/leftovers.h"
#include "nft/chains.h"
#include "nft/reference_names.h"

#define FIRST_ISOLATION "CNI-ISOLATION-STAGE-1"

enum { LEFTOVER_TABLES = 3 };

struct leftover_chain {
	struct nft_table table; /* constant names */
	char *name;
};

/* A rule that leads to a chain. */
struct leftover_jump {
	char *target;
	const char *parent; /* the chain that it is in */
	uint64_t handle;
	size_t order;
};

struct leftover_jumps {
	struct nft_table table;
	struct leftover_jump *items; /* by target */
	size_t count;
	int error; /* -errno: they could not be read */
};

/* Those that were asked about. */
struct leftover_tables {
	struct leftover_jumps *items;
	size_t count;
};

struct survey {
	struct netlink *nl;
	struct reference_names *known;
	size_t known_count;
	const char *const *bridges; /* borrowed */
	size_t bridge_count;
	struct leftover_chain *chains; /* of theirs, in tables that are not */
	size_t chain_count;
	struct leftover_tables *jumps;
	bool has_table[LEFTOVER_TABLES];
	leftover_fn *fn;
	void *data;
};

/* Words of nft, each with a semicolon and a space behind it. */
void leftovers_report(const struct survey *survey, const char *what, const struct text *words);

/* The rules that lead to the chain, borrowed from `tables`. */
int leftovers_jumps_to(struct netlink *nl, struct leftover_tables *tables,
		       const struct leftover_chain *chain, const struct leftover_jump **ret,
		       size_t *ret_count) must_check;
void leftover_tables_release(struct leftover_tables *tables);

/* Remembers that there is a table of theirs. */
void leftovers_note_table(struct survey *survey, const struct nft_chain_view *chain);
int leftovers_of_tables(const struct survey *survey) must_check;
