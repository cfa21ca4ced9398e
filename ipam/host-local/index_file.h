/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an index lies in memory, for index.c and index_file.c only. */
#pragma once

#include "index.h"

/* Behind the header: entries, three tables of chain heads as long, blocks. */
struct index_header {
	uint64_t magic, sequence;
	struct index_mark mark;
	uint32_t capacity, block_capacity; /* powers of two */
	uint32_t block_count;
	uint32_t last,
		free_first; /* the highest number in use so far; the chain of free ones below it */
	uint32_t rest_first, rest_last;
	uint32_t unused;
};

struct index_entry *index_entries(const struct index *index);
uint32_t *index_heads(const struct index *index);
struct blocks index_blocks(const struct index *index);

/*
 * Moves it to memory with twice the entries, or with this many blocks. Pointers into it become
 * invalid.
 */
void index_grow(struct index *index, uint32_t block_capacity);
