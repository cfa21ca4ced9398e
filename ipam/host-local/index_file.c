/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an index lies: in a mapped file or in memory, how large it is, and when it may be trusted.
 */
#include "index_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"

#define MAGIC UINT64_C(0x31786469636f6c68) /* "hlocidx1" */

/* Per entry; a search makes one or two, and a command that changes all entries a few for each. */
enum { STEPS = 16, STEPS_AT_LEAST = 4096 };

enum { CHAINS = 3, SMALLEST = 64, SMALLEST_BLOCKS = 16, LARGEST = 1 << 28 };

static size_t size_for(uint64_t capacity, uint64_t block_capacity)
{
	return sizeof(struct index_header) + capacity * sizeof(struct index_entry) +
	       capacity * CHAINS * sizeof(uint32_t) + block_capacity * sizeof(struct block);
}

struct index_entry *index_entries(const struct index *index)
{
	return (struct index_entry *)(index->header + 1);
}

uint32_t *index_heads(const struct index *index)
{
	return (uint32_t *)(index_entries(index) + index->header->capacity);
}

struct blocks index_blocks(const struct index *index)
{
	uint32_t *behind_heads = index_heads(index) + (size_t)CHAINS * index->header->capacity;

	return (struct blocks){
		.table = (struct block *)(void *)behind_heads,
		.capacity = index->header->block_capacity,
	};
}

uint64_t index_sequence(const struct index *index)
{
	return __atomic_load_n(&index->header->sequence, __ATOMIC_ACQUIRE);
}

void index_begin(struct index *index)
{
	if (index->header->sequence & 1)
		return;
	__atomic_store_n(&index->header->sequence, index->header->sequence + 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void index_commit(struct index *index, const struct index_mark *mark)
{
	index->header->mark = *mark;
	if (index->header->sequence & 1)
		__atomic_store_n(&index->header->sequence, index->header->sequence + 1,
				 __ATOMIC_RELEASE);
}

bool index_has_mark(const struct index *index, const struct index_mark *mark)
{
	return mark->mtime && memcmp(&index->header->mark, mark, sizeof(*mark)) == 0;
}

static bool is_power_of_two(uint32_t n)
{
	return n && (n & (n - 1)) == 0;
}

static bool is_index(const struct index_header *header, size_t size)
{
	return size >= sizeof(*header) && header->magic == MAGIC && !(header->sequence & 1) &&
	       is_power_of_two(header->capacity) && is_power_of_two(header->block_capacity) &&
	       header->capacity <= LARGEST && header->block_capacity <= LARGEST &&
	       header->last <= header->capacity && header->block_count < header->block_capacity &&
	       size == size_for(header->capacity, header->block_capacity);
}

static uint64_t steps_for(uint32_t capacity)
{
	return (uint64_t)capacity * STEPS + STEPS_AT_LEAST;
}

bool index_open(int run_fd, const char *name, bool for_writing, struct index *ret)
{
	cleanup_close int fd = openat(run_fd, name,
				      (for_writing ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC);
	cleanup_index struct index index = { .is_shared = true };
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(struct index_header))
		return false;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | (for_writing ? PROT_WRITE : 0), MAP_SHARED,
		   fd, 0);
	if (map == MAP_FAILED)
		return false;
	index.header = map;
	index.size = (size_t)st.st_size;
	if (!is_index(index.header, index.size))
		return false;
	index.steps = steps_for(index.header->capacity);
	*ret = index;
	index.header = NULL;
	return true;
}

/* Changes come only between begin and commit: a fresh index has begun. */
static void create(uint32_t capacity, uint32_t block_capacity, struct index *ret)
{
	size_t size = size_for(capacity, block_capacity);
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		out_of_memory();
	*ret = (struct index){ .header = map, .size = size, .steps = steps_for(capacity) };
	ret->header->magic = MAGIC;
	ret->header->sequence = 1;
	ret->header->capacity = capacity;
	ret->header->block_capacity = block_capacity;
}

static uint32_t power_of_two_above(size_t n, uint32_t smallest)
{
	uint32_t power = smallest;

	while (power < n && power < LARGEST)
		power *= 2;
	return power;
}

void index_create(size_t leases, struct index *ret)
{
	create(power_of_two_above(leases + 1, SMALLEST),
	       power_of_two_above(leases / 128, SMALLEST_BLOCKS), ret);
}

/* Everything again by the front door; numbers stay. The old order spares the sorting. */
static void copy(struct index *from, struct index *to)
{
	for (uint32_t number = 1; number <= index_last(from); number++) {
		const struct index_entry *entry = index_entry(from, number);
		struct addr addr = index_entry_addr(entry);

		if (entry->state == ENTRY_UNUSED)
			continue;
		(void)index_add(to, &addr, number); /* the number is the wanted one */
		if (entry->state == ENTRY_TAKEN)
			index_take(to, number, entry->id_hash, entry->pod_hash);
	}
	for (uint32_t number = 0; (number = index_next_resting(from, number));) {
		const struct index_entry *entry = index_entry(from, number);

		index_rest(to, number, entry->pod_hash, entry->ready_at);
	}
	if (from->is_damaged)
		index_damaged(to);
}

void index_grow(struct index *index, uint32_t block_capacity)
{
	const struct index_header *old = index->header;
	struct index grown;

	if (old->capacity >= LARGEST || block_capacity > LARGEST)
		out_of_memory();
	create(block_capacity ? old->capacity : old->capacity * 2,
	       block_capacity ? block_capacity : old->block_capacity, &grown);
	copy(index, &grown);
	index_close(index);
	*index = grown;
}

static int write_file(const struct index *index, int run_fd, const char *name)
{
	cleanup_close int fd =
		openat(run_fd, name,
		       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : file_write_fd(fd, index->header, index->size);
}

/* Written, not mapped: a full /run is an error now instead of a signal later. */
void index_publish(const struct index *index, int run_fd, const char *name)
{
	cleanup_free char *new_name = xasprintf("%s.new", name);

	if (write_file(index, run_fd, new_name) < 0 || renameat(run_fd, new_name, run_fd, name) < 0)
		(void)unlinkat(run_fd, new_name, 0); /* half a copy would only take up space */
}

void index_close(struct index *index)
{
	if (index->header)
		(void)munmap(index->header, index->size); /* cannot fail for a map of ours */
	*index = (struct index){ 0 };
}
