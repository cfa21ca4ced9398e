/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lease directory of one network, under its lock, and what we remember of it below /run.
 *
 * The leases are the truth, the index (index.h) is a cache of them. A change leaves a mark on the
 * directory: a modification time a few seconds in the past. Adding or removing a file sets
 * that time and the change time alike, so the pair of both that we saw after our own change cannot
 * come back, however coarse or wrong the clock is. Without the mark the index is built anew from
 * the leases. What it says is verified against the lease at hand before anything is done.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "index.h"
#include "lease/lease.h"
#include "lease_life.h"
#include "pool.h"
#include "record.h"
#include "types/owner.h"

struct store {
	char *path;
	int dir_fd, lock_fd;
	int run_fd, records_fd; /* -1: nothing can be remembered */
	char *index_name;
	struct index index;
	bool is_fresh;	   /* the index was built from the leases by this command */
	bool is_disturbed; /* somebody changed the directory meanwhile: the index is not for others
			    */
	struct index_mark mark; /* our last one on the directory */
};

#define STORE_NONE                                                                                 \
	{                                                                                          \
		.dir_fd = -1, .lock_fd = -1, .run_fd = -1, .records_fd = -1                        \
	}
#define cleanup_store cleanup_with(store_close)

struct store_place {
	const char *data_dir, *network;
	const char *run_dir; /* for what we remember */
	int lock_seconds;
};

/* A lease of an owner. */
struct store_lease {
	struct addr addr;
	enum lease_match match;
};

struct store_leases {
	struct store_lease *items;
	size_t count;
};

#define cleanup_store_leases cleanup_with(store_leases_release)

/*
 * Opens and locks: 1, or 0 when there is no lease directory and `create` is false. Code 11 with the
 * holder when the lock is not to be had in time, CNI_ERR_STORE for everything else.
 */
int store_open(const struct store_place *place, bool create, struct store *ret,
	       struct cni_error *err) must_check;

/* Only opens the directory, for reading single leases: 1, or 0 when there is none. */
int store_open_dir(const struct store_place *place, struct store *ret,
		   struct cni_error *err) must_check;

/*
 * Looks without the lock and without changing anything: 1, or 0 when there is no lease directory.
 * What the index says counts once store_peek_again() has returned 0.
 */
int store_peek(const struct store_place *place, struct store *ret,
	       struct cni_error *err) must_check;

/*
 * 0 when the answer counts. 1 when the index was replaced by a better one, so ask again: somebody
 * changed it meanwhile, or it is damaged, or it said that no address is left (`is_full`) without
 * having looked into the leases.
 */
int store_peek_again(struct store *store, uint64_t sequence, bool is_full,
		     struct cni_error *err) must_check;

/* Saves the index and gives the lock back. */
void store_close(struct store *store);

/*
 * Around each of our own changes of the directory. Whatever another program without the lock does
 * is noticed unless it falls between these two and the change.
 */
void store_expect(struct store *store);
void store_mark(struct store *store);

/* Builds the index anew from the leases. */
int store_rebuild(struct store *store, struct cni_error *err) must_check;

/* All leases that are, or in the old format may be, of this owner. */
int store_find(struct store *store, const struct attachment *owner, struct store_leases *ret,
	       struct cni_error *err) must_check;
void store_leases_release(struct store_leases *leases);

/*
 * Makes the lease: 0, -EEXIST when the address is taken after all (the index knows it then), other
 * -errno. `record` is what is to be known about the attachment; stamp and address are filled in.
 * *ret_number is the entry.
 */
int store_claim(struct store *store, const struct addr *addr, const struct attachment *owner,
		const struct record *record, uint32_t *ret_number) must_check;

/* How long an address stays unused after its release. */
struct store_rest {
	int cooldown_seconds;
	int sticky_seconds; /* for the same pod, if it was given to one */
};

/* Removes a lease that was just seen; 0 also when it is gone. `rest` NULL: free at once. */
int store_release(struct store *store, const struct addr *addr,
		  const struct store_rest *rest) must_check;

/* What is known about the attachment behind a lease. */
struct store_verdict {
	enum life life;
	/*
	 * Its ADD was killed before the caller had the address, or so it seems: enough to give the
	 * address to the same owner again, not to somebody else.
	 */
	bool is_unfinished;
	const char *why;     /* of LIFE_DEAD */
	struct text content; /* of the lease; nothing when there is none */
};

#define cleanup_verdict cleanup_with(store_verdict_release)

void store_judge(struct store *store, const struct addr *addr, struct evidence *evidence,
		 struct store_verdict *ret);

static inline void store_verdict_release(struct store_verdict *verdict)
{
	text_release(&verdict->content);
}

/* Wakes the addresses whose rest is over. */
void store_wake(struct store *store);

/*
 * The address in the set that rests longest of those (with `pod_hash` 0) of anyone or of this pod.
 */
bool store_find_resting(struct store *store, const struct range_set *set, uint64_t pod_hash,
			struct addr *ret);

/* Nanoseconds that no clock setting changes. */
uint64_t store_now(void);
