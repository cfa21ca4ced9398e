/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cache of what is in a lease directory: which addresses are taken, which container has which,
 * which rest before they are handed out again. It lies in a mapped file below /run, or in plain
 * memory where there is none, and is trusted only while the directory bears the mark that the last
 * change left (store.h). Entry n belongs to record n (record.h).
 *
 * A process that changes it holds the lock of the directory. A reader without the lock compares
 * index_sequence() before and after. What is torn or damaged leads to wrong answers but no further:
 * an index has so many steps to walk, and when they are used up, or something contradicts itself,
 * it is damaged, says that there is nothing, and is to be built anew.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "blocks.h"
#include "types/addr.h"

enum entry_state {
	ENTRY_UNUSED,
	ENTRY_TAKEN,
	ENTRY_RESTING, /* free, but others come first until it is ready */
	ENTRY_KNOWN,   /* has a record and, as far as a rebuild has come, no lease */
};

struct index_entry {
	uint8_t family, state;
	uint8_t has_pod; /* of ENTRY_KNOWN: according to its record */
	uint8_t unused;
	uint32_t next_addr, next_id, next_pod; /* chains of equal hashes */
	uint32_t rest_before, rest_behind;     /* neighbours in the order of readiness */
	uint64_t id_hash, pod_hash;	       /* pod_hash 0: no pod */
	uint64_t ready_at; /* of ENTRY_RESTING and ENTRY_KNOWN: nanoseconds of CLOCK_BOOTTIME */
	uint8_t bytes[16];
};

/* Times of the directory after our own last change; all zero: no mark. */
struct index_mark {
	uint64_t dev, inode;
	int64_t mtime, ctime;
};

struct index_header;

struct index {
	struct index_header *header; /* NULL: none */
	size_t size;
	bool is_shared; /* a file that others see */
	uint64_t
		steps; /* that walks may still make, far more than a command on a sound one needs */
	bool is_damaged;
};

#define cleanup_index cleanup_with(index_close)

/* Maps the file `name`; false when there is none, or it is no index that was left in order. */
bool index_open(int run_fd, const char *name, bool for_writing, struct index *ret);

/* An empty one in memory, with room for about `leases` leases. */
void index_create(size_t leases, struct index *ret);

/*
 * Puts a committed one that is in memory into the file `name`. Without success the next command
 * builds its own.
 */
void index_publish(const struct index *index, int run_fd, const char *name);

/* Odd while somebody changes it; differs after a change. */
uint64_t index_sequence(const struct index *index);

/* Before the first change: a process killed from here on leaves an index that nobody opens. */
void index_begin(struct index *index);

/* After the last change: the directory's times that speak for it. */
void index_commit(struct index *index, const struct index_mark *mark);
bool index_has_mark(const struct index *index, const struct index_mark *mark);

void index_close(struct index *index);

/* Of what an owner of a map found to contradict it. */
void index_damaged(struct index *index);

uint64_t index_hash(const char *text, size_t size);

/* Entries by number, from 1 to index_last(); NULL for 0 and numbers outside. */
struct index_entry *index_entry(const struct index *index, uint32_t number);
uint32_t index_last(const struct index *index);
struct addr index_entry_addr(const struct index_entry *entry);

/* The entry of an address, or 0. */
uint32_t index_find(struct index *index, const struct addr *addr);

/* Walk the entries of a container or of a pod: start with 0, ends with 0. */
uint32_t index_next_of_id(struct index *index, uint64_t id_hash, uint32_t number);
uint32_t index_next_of_pod(struct index *index, uint64_t pod_hash, uint32_t number);

/*
 * Adds an ENTRY_KNOWN for an address that has none, at `number` or, when that is 0, at the lowest
 * free one.
 */
uint32_t index_add(struct index *index, const struct addr *addr, uint32_t number);
void index_remove(struct index *index, uint32_t number);

/*
 * What is to become of an entry; `hash` 0: unknown or none. Many that are to rest are given in the
 * order of their readiness: each is sorted in from the end.
 */
void index_take(struct index *index, uint32_t number, uint64_t id_hash, uint64_t pod_hash);
void index_rest(struct index *index, uint32_t number, uint64_t pod_hash, uint64_t ready_at);

/* The resting entry that is ready first, and the one behind `number`; 0 at the end. */
uint32_t index_next_resting(struct index *index, uint32_t number);

/* The first address between the two that is neither taken nor resting. */
bool index_find_vacant(const struct index *index, const struct addr *from, const struct addr *to,
		       struct addr *ret);
