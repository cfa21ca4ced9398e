/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which block an address is in, and how to find a zero bit without visiting the ones. */
#include "blocks.h"

#include <string.h>

/* The first address of the block, and which of its bits the address is. */
static struct addr split(const struct addr *addr, unsigned *ret_bit)
{
	unsigned last = family_size(addr->family) - 1;
	struct addr base = *addr;

	*ret_bit = (addr->bytes[last - 1] & 1u) << 8 | addr->bytes[last];
	base.bytes[last] = 0;
	base.bytes[last - 1] &= 0xfe;
	return base;
}

static uint64_t hash_base(const struct addr *base)
{
	uint64_t parts[2];

	memcpy(parts, base->bytes, sizeof(parts));
	parts[0] = (parts[0] ^ base->family) * 0x9e3779b97f4a7c15u;
	parts[1] = (parts[1] ^ parts[0] >> 29) * 0xbf58476d1ce4e5b9u;
	return parts[1] ^ parts[0] ^ parts[1] >> 32;
}

/* The block, or the unused one where it would be; NULL in a table that is full of others. */
static struct block *find_block(const struct blocks *blocks, const struct addr *base)
{
	uint64_t at = hash_base(base);

	for (uint32_t i = 0; i < blocks->capacity; i++, at++) {
		struct block *block = &blocks->table[at & (blocks->capacity - 1)];

		if (!block->family)
			return block;
		if (block->family == base->family && memcmp(block->base, base->bytes, 16) == 0)
			return block;
	}
	return NULL;
}

bool blocks_needs_room(const struct blocks *blocks, const struct addr *addr)
{
	unsigned bit;
	struct addr base = split(addr, &bit);
	const struct block *block = find_block(blocks, &base);

	return !block || !block->family;
}

bool blocks_add(const struct blocks *blocks, const struct addr *addr)
{
	unsigned bit;
	struct addr base = split(addr, &bit);
	struct block *block = find_block(blocks, &base);

	if (!block)
		return false;
	if (!block->family) {
		memcpy(block->base, base.bytes, sizeof(block->base));
		block->family = base.family;
	}
	block->bits[bit / 64] |= UINT64_C(1) << bit % 64;
	return true;
}

void blocks_remove(const struct blocks *blocks, const struct addr *addr)
{
	unsigned bit;
	struct addr base = split(addr, &bit);
	struct block *block = find_block(blocks, &base);

	if (block && block->family)
		block->bits[bit / 64] &= ~(UINT64_C(1) << bit % 64);
}

bool blocks_has(const struct blocks *blocks, const struct addr *addr)
{
	unsigned bit;
	struct addr base = split(addr, &bit);
	const struct block *block = find_block(blocks, &base);

	return block && block->family && block->bits[bit / 64] >> bit % 64 & 1;
}

/* The first zero bit from `bit` on, or BLOCK_BITS. */
static unsigned find_zero(const struct block *block, unsigned bit)
{
	uint64_t zeros = ~block->bits[bit / 64] & ~UINT64_C(0) << bit % 64;

	for (unsigned word = bit / 64;;) {
		if (zeros)
			return word * 64 + (unsigned)__builtin_ctzll(zeros);
		if (++word == BLOCK_WORDS)
			return BLOCK_BITS;
		zeros = ~block->bits[word];
	}
}

bool blocks_find_gap(const struct blocks *blocks, const struct addr *from, const struct addr *to,
		     struct addr *ret)
{
	unsigned bit;
	struct addr base = split(from, &bit);

	while (addr_compare(&base, to) <= 0) {
		const struct block *block = find_block(blocks, &base);
		struct addr next, gap;

		bit = block && block->family ? find_zero(block, bit) : bit;
		if (bit < BLOCK_BITS) {
			gap = addr_plus(&base, bit);
			if (addr_compare(&gap, to) > 0)
				return false;
			*ret = gap;
			return true;
		}
		next = addr_plus(&base, BLOCK_BITS);
		if (addr_compare(&next, &base) <= 0)
			return false; /* behind the last address of the family */
		base = next;
		bit = 0;
	}
	return false;
}
