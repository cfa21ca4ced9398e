/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sparse set of addresses as a hash table of bitmaps of 512 neighbours each, in memory that
 * somebody else provides: small for scattered addresses, and searched a word at a time. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "types/addr.h"

enum { BLOCK_BITS = 512, BLOCK_WORDS = BLOCK_BITS / 64 };

struct block {
	uint8_t family; /* 0: never used */
	uint8_t unused[7];
	uint8_t base[16];
	uint64_t bits[BLOCK_WORDS];
};

struct blocks {
	struct block *table;
	uint32_t capacity; /* a power of two; the owner keeps at least one block unused */
};

/* True when adding `addr` takes a block that was never used. */
bool blocks_needs_room(const struct blocks *blocks, const struct addr *addr);

/* False when there was no room. */
bool blocks_add(const struct blocks *blocks, const struct addr *addr);
void blocks_remove(const struct blocks *blocks, const struct addr *addr);
bool blocks_has(const struct blocks *blocks, const struct addr *addr);

/* The first address from `from` to `to` that is not in the set. */
bool blocks_find_gap(const struct blocks *blocks, const struct addr *from, const struct addr *to,
		     struct addr *ret);
