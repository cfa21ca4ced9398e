/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries of the index and the chains between them. */
#include "index.h"

#include <string.h>

#include "index_file.h"

uint64_t index_hash(const char *text, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a: every hit is verified against the lease */

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3u;
	return hash ? hash : 1;
}

static uint64_t hash_addr(const struct addr *addr)
{
	return index_hash((const char *)addr->bytes, sizeof(addr->bytes)) ^ addr->family;
}

struct index_entry *index_entry(const struct index *index, uint32_t number)
{
	if (number == 0 || number > index->header->capacity)
		return NULL;
	return &index_entries(index)[number - 1];
}

uint32_t index_last(const struct index *index)
{
	uint32_t last = index->header->last;

	return last < index->header->capacity ? last : index->header->capacity;
}

struct addr index_entry_addr(const struct index_entry *entry)
{
	struct addr addr = { .family = entry->family };

	memcpy(addr.bytes, entry->bytes, sizeof(addr.bytes));
	return addr;
}

/* ---- walks */

void index_damaged(struct index *index)
{
	index->is_damaged = true;
	index->steps = 0;
}

/* The entry that another leads to; NULL at the end of the walk, or of what may be believed. */
static struct index_entry *follow(struct index *index, uint32_t number)
{
	struct index_entry *entry = index_entry(index, number);

	if (!number || index->is_damaged)
		return NULL;
	if (!entry || !index->steps) {
		index_damaged(index);
		return NULL;
	}
	index->steps--;
	return entry;
}

/* ---- chains: a table of first numbers, and in each entry the next one */

enum chain { CHAIN_ADDR, CHAIN_ID, CHAIN_POD };

static uint32_t *chain_head(const struct index *index, enum chain chain, uint64_t hash)
{
	uint32_t capacity = index->header->capacity;

	return &index_heads(
		index)[(size_t)chain * capacity + ((hash ^ hash >> 32) & (capacity - 1))];
}

static uint32_t *chain_next(struct index_entry *entry, enum chain chain)
{
	return chain == CHAIN_ADDR ? &entry->next_addr
	       : chain == CHAIN_ID ? &entry->next_id
				   : &entry->next_pod;
}

static void chain_add(struct index *index, enum chain chain, uint64_t hash, uint32_t number)
{
	uint32_t *head = chain_head(index, chain, hash);

	*chain_next(index_entry(index, number), chain) = *head;
	*head = number;
}

static void chain_remove(struct index *index, enum chain chain, uint64_t hash, uint32_t number)
{
	uint32_t *link = chain_head(index, chain, hash);
	struct index_entry *entry;

	while ((entry = follow(index, *link))) {
		if (*link == number) {
			*link = *chain_next(entry, chain);
			return;
		}
		link = chain_next(entry, chain);
	}
	index_damaged(index); /* what is to be removed was added */
}

uint32_t index_find(struct index *index, const struct addr *addr)
{
	uint32_t number = *chain_head(index, CHAIN_ADDR, hash_addr(addr));
	const struct index_entry *entry;

	while ((entry = follow(index, number))) {
		if (entry->family == addr->family &&
		    memcmp(entry->bytes, addr->bytes, sizeof(entry->bytes)) == 0)
			return number;
		number = entry->next_addr;
	}
	return 0;
}

uint32_t index_next_of_id(struct index *index, uint64_t id_hash, uint32_t number)
{
	const struct index_entry *entry = index_entry(index, number);

	number = entry ? entry->next_id : *chain_head(index, CHAIN_ID, id_hash);
	while ((entry = follow(index, number))) {
		if (entry->id_hash == id_hash && entry->state == ENTRY_TAKEN)
			return number;
		number = entry->next_id;
	}
	return 0;
}

uint32_t index_next_of_pod(struct index *index, uint64_t pod_hash, uint32_t number)
{
	const struct index_entry *entry = index_entry(index, number);

	number = entry ? entry->next_pod : *chain_head(index, CHAIN_POD, pod_hash);
	while ((entry = follow(index, number))) {
		if (entry->pod_hash == pod_hash)
			return number;
		number = entry->next_pod;
	}
	return 0;
}

/* ---- the order of readiness */

/* Both neighbours know each other, so no walk comes back to where it was, and needs no steps. */
uint32_t index_next_resting(struct index *index, uint32_t number)
{
	const struct index_entry *entry = index_entry(index, number);
	uint32_t next = entry ? entry->rest_behind : index->header->rest_first;
	const struct index_entry *behind = index_entry(index, next);

	if (!next || index->is_damaged)
		return 0;
	if (behind && behind->state == ENTRY_RESTING && behind->rest_before == number)
		return next;
	index_damaged(index);
	return 0;
}

static uint32_t *rest_link(struct index *index, uint32_t number, bool behind)
{
	struct index_entry *entry = index_entry(index, number);

	if (!entry)
		return behind ? &index->header->rest_first : &index->header->rest_last;
	return behind ? &entry->rest_behind : &entry->rest_before;
}

static void rest_remove(struct index *index, struct index_entry *entry)
{
	*rest_link(index, entry->rest_before, true) = entry->rest_behind;
	*rest_link(index, entry->rest_behind, false) = entry->rest_before;
	entry->rest_before = entry->rest_behind = 0;
}

/* Most times of rest are alike, so the place is near the end. Many are sorted before they are
 * linked. */
static void rest_add(struct index *index, uint32_t number)
{
	struct index_entry *entry = index_entry(index, number);
	uint32_t before = index->header->rest_last;
	const struct index_entry *other;

	while ((other = follow(index, before))) {
		if (other->ready_at <= entry->ready_at)
			break;
		before = other->rest_before;
	}
	entry->rest_before = before;
	entry->rest_behind = *rest_link(index, before, true);
	*rest_link(index, entry->rest_behind, false) = number;
	*rest_link(index, before, true) = number;
}

/* ---- entries */

/* The lowest free number, so that the file of records stays dense. */
static uint32_t allocate(struct index *index, uint32_t wanted)
{
	struct index_header *header = index->header;
	struct index_entry *entry;
	uint32_t number = wanted ? wanted : header->free_first;

	if (!wanted && (entry = index_entry(index, number))) {
		header->free_first = entry->next_addr;
		return number;
	}
	if (!wanted)
		number = header->last + 1;
	while (number > index->header->capacity)
		index_grow(index, 0);
	header = index->header;
	/* The numbers that are jumped over become free ones. */
	for (uint32_t skipped = header->last + 1; skipped < number; skipped++) {
		index_entry(index, skipped)->next_addr = header->free_first;
		header->free_first = skipped;
	}
	if (number > header->last)
		header->last = number;
	return number;
}

uint32_t index_add(struct index *index, const struct addr *addr, uint32_t number)
{
	struct index_entry *entry;

	number = allocate(index, number);
	entry = index_entry(index, number);
	*entry = (struct index_entry){ .family = addr->family, .state = ENTRY_KNOWN };
	memcpy(entry->bytes, addr->bytes, sizeof(entry->bytes));
	chain_add(index, CHAIN_ADDR, hash_addr(addr), number);
	return number;
}

/* Back to ENTRY_KNOWN: out of every chain but that of its address. */
static void forget(struct index *index, uint32_t number)
{
	struct index_entry *entry = index_entry(index, number);

	if (entry->state == ENTRY_RESTING)
		rest_remove(index, entry);
	if (entry->id_hash)
		chain_remove(index, CHAIN_ID, entry->id_hash, number);
	if (entry->pod_hash)
		chain_remove(index, CHAIN_POD, entry->pod_hash, number);
	entry->id_hash = entry->pod_hash = 0;
	entry->state = ENTRY_KNOWN;
}

static void set_pod(struct index *index, uint32_t number, uint64_t pod_hash)
{
	index_entry(index, number)->pod_hash = pod_hash;
	if (pod_hash)
		chain_add(index, CHAIN_POD, pod_hash, number);
}

/* A bit that finds no room would make an address look vacant for ever. */
static void set_bit(struct index *index, const struct addr *addr)
{
	struct blocks blocks = index_blocks(index);

	if (blocks_needs_room(&blocks, addr)) {
		if ((uint64_t)index->header->block_count * 4 >= (uint64_t)blocks.capacity * 3)
			index_grow(index, blocks.capacity * 2);
		blocks = index_blocks(index);
		index->header->block_count++;
	}
	if (!blocks_add(&blocks, addr))
		index_damaged(index);
}

void index_take(struct index *index, uint32_t number, uint64_t id_hash, uint64_t pod_hash)
{
	struct addr addr = index_entry_addr(index_entry(index, number));

	forget(index, number);
	set_bit(index, &addr);
	index_entry(index, number)->state = ENTRY_TAKEN;
	index_entry(index, number)->id_hash = id_hash;
	if (id_hash)
		chain_add(index, CHAIN_ID, id_hash, number);
	set_pod(index, number, pod_hash);
}

void index_rest(struct index *index, uint32_t number, uint64_t pod_hash, uint64_t ready_at)
{
	struct addr addr = index_entry_addr(index_entry(index, number));

	forget(index, number);
	set_bit(index, &addr);
	index_entry(index, number)->state = ENTRY_RESTING;
	index_entry(index, number)->ready_at = ready_at;
	rest_add(index, number);
	set_pod(index, number, pod_hash);
}

void index_remove(struct index *index, uint32_t number)
{
	struct index_entry *entry = index_entry(index, number);
	struct addr addr = index_entry_addr(entry);
	struct blocks blocks = index_blocks(index);

	forget(index, number);
	blocks_remove(&blocks, &addr);
	chain_remove(index, CHAIN_ADDR, hash_addr(&addr), number);
	*entry = (struct index_entry){ .next_addr = index->header->free_first };
	index->header->free_first = number;
}

bool index_find_vacant(const struct index *index, const struct addr *from, const struct addr *to,
		       struct addr *ret)
{
	struct blocks blocks = index_blocks(index);

	return !index->is_damaged && blocks_find_gap(&blocks, from, to, ret);
}
