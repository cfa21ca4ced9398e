/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The course of an ADD, all of it under one lock:
 *   1. the requested addresses are dealt out to the sets
 *   2. a former lease of the same owner is refused if its attachment may live, and used again if it
 *      is dead
 *   3. for each set: the requested address, the former one, the pod's, the next of the round, the
 *      one that rests longest, one that a dead attachment left behind
 *   4. the cursors
 */
#include "allot.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "base/warn.h"
#include "cursor.h"
#include "reclaim.h"
#include "store.h"

struct allotter {
	const struct host_local_conf *conf;
	const struct store_place *place;
	const struct attachment *owner;
	struct store store;
	struct evidence evidence;
	struct record record;	/* of the new attachment */
	struct addr *requested; /* per set; AF_UNSPEC: none */
	struct addr *former;	/* per set: the address of a dead attachment of the same owner */
	struct allotment allotment;
};

static void allotter_release(struct allotter *allotter)
{
	store_close(&allotter->store);
	evidence_release(&allotter->evidence);
	allotment_release(&allotter->allotment);
	free(allotter->requested);
	free(allotter->former);
}

/* ---- former leases */

static int refuse_second(const struct allotter *allotter, const struct addr *addr, size_t set,
			 struct cni_error *err)
{
	char buffer[ADDR_TEXT];

	(void)cni_fail(
		err, CNI_ERR_CONFLICT, 0,
		"failed to allocate for range %zu: %s has been allocated to %s, duplicate allocation is not allowed",
		set, addr_print(addr, buffer), allotter->owner->container_id);
	cni_error_details(err,
			  "the attachment is alive for all we know; a DEL gives its address back");
	return -EEXIST;
}

/* A lease of the same owner in one of the sets. */
struct former {
	size_t set;
	struct addr addr;
};

static int judge_former(struct allotter *allotter, const struct former *former,
			struct cni_error *err)
{
	cleanup_verdict struct store_verdict verdict = { .life = LIFE_UNKNOWN };

	store_judge(&allotter->store, &former->addr, &allotter->evidence, &verdict);
	if (!verdict.is_unfinished &&
	    (verdict.life != LIFE_DEAD || !allotter->conf->leases.reclaim))
		return refuse_second(allotter, &former->addr, former->set, err);
	allotter->former[former->set] = former->addr;
	return 0;
}

static int fail_store(const struct allotter *allotter, int errnum, const char *what,
		      const struct addr *addr, struct cni_error *err)
{
	char buffer[ADDR_TEXT];

	return cni_fail(err, CNI_ERR_STORE, errnum, "lease directory %s: cannot %s %s",
			allotter->store.path, what, addr_print(addr, buffer));
}

static int release_former(struct allotter *allotter, const struct former *former,
			  struct cni_error *err)
{
	char buffer[ADDR_TEXT];
	int r = store_release(&allotter->store, &former->addr, NULL);

	if (r < 0)
		return fail_store(allotter, -r, "release", &former->addr, err);
	cni_warn("%s had %s, but that attachment is gone", allotter->owner->container_id,
		 addr_print(&former->addr, buffer));
	return 0;
}

static int compare_former(const void *a, const void *b)
{
	const struct former *one = a, *other = b;

	return one->set != other->set ? (one->set > other->set) - (one->set < other->set)
				      : addr_compare(&one->addr, &other->addr);
}

/* Those in the pool, by set; the caller frees them. */
static struct former *sort_former(const struct pool *pool, const struct store_leases *leases,
				  size_t *ret_count)
{
	struct former *former = xcalloc(leases->count + 1, sizeof(*former));
	size_t count = 0;

	for (size_t i = 0; i < leases->count; i++) {
		const struct addr *addr = &leases->items[i].addr;
		const struct range_set *set = pool_find(pool, addr);

		if (set)
			former[count++] = (struct former){ .set = (size_t)(set - pool->sets),
							   .addr = *addr };
	}
	qsort(former, count, sizeof(*former), compare_former);
	*ret_count = count;
	return former;
}

/*
 * All are judged before the first is touched. The first set's goes last: its record is the leader,
 * which says that the ADD was not completed, and we may be killed on the way.
 */
static int settle_former(struct allotter *allotter, struct cni_error *err)
{
	cleanup_store_leases struct store_leases leases = { 0 };
	cleanup_free struct former *former = NULL;
	int r = store_find(&allotter->store, allotter->owner, &leases, err);
	size_t count;

	former = sort_former(&allotter->conf->pool, &leases, &count);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = judge_former(allotter, &former[i], err);
	for (size_t i = count; r == 0 && i > 0; i--)
		r = release_former(allotter, &former[i - 1], err);
	return r;
}

/* ---- one address */

/* 0, -EEXIST when somebody has it, other -errno with a filled error. */
static int claim(struct allotter *allotter, const struct addr *addr, bool is_next,
		 struct cni_error *err)
{
	struct allotment *allotment = &allotter->allotment;
	uint32_t record = 0;
	int r = store_claim(&allotter->store, addr, allotter->owner, &allotter->record, &record);

	if (r < 0 && r != -EEXIST)
		return fail_store(allotter, -r, "make the lease of", addr, err);
	if (r < 0)
		return r;
	if (!allotter->record.leader)
		allotter->record.leader = record;
	allotment->items[allotment->count++] =
		(struct allotted){ .addr = *addr, .record = record, .is_next = is_next };
	return 0;
}

static int claim_requested(struct allotter *allotter, const struct range_set *set,
			   const struct addr *addr, struct cni_error *err)
{
	cleanup_text struct text ranges = { 0 };
	char buffer[ADDR_TEXT];
	int r = claim(allotter, addr, true, err);

	if (r == -EEXIST && allotter->conf->leases.reclaim &&
	    reclaim_lease(&allotter->store, addr, &allotter->evidence))
		r = claim(allotter, addr, true, err);
	if (r != -EEXIST)
		return r;
	range_set_print(set, &ranges);
	(void)cni_fail(err, CNI_ERR_CONFLICT, 0,
		       "requested IP address %s is not available in range set %s",
		       addr_print(addr, buffer), ranges.s);
	return r;
}

static bool find_vacant(void *data, const struct addr *from, const struct addr *to,
			struct addr *ret)
{
	return index_find_vacant(data, from, to, ret);
}

/* A claim of an address that turns out to be taken teaches the index, so every turn is another one.
 */
static int claim_next(struct allotter *allotter, size_t i, struct cni_error *err)
{
	const struct range_set *set = &allotter->conf->pool.sets[i];
	struct vacancy vacancy = { .find = find_vacant, .data = &allotter->store.index };
	bool has_cursor;
	struct addr cursor, addr;
	int r = -ENOENT;

	has_cursor = cursor_read(allotter->store.dir_fd, i, &cursor);
	while (range_set_next(set, has_cursor ? &cursor : NULL, &vacancy, &addr)) {
		r = claim(allotter, &addr, true, err);
		if (r != -EEXIST)
			return r;
	}
	return -ENOENT;
}

static int claim_resting(struct allotter *allotter, size_t i, uint64_t pod_hash,
			 struct cni_error *err)
{
	const struct range_set *set = &allotter->conf->pool.sets[i];
	struct addr addr;
	int r;

	while (store_find_resting(&allotter->store, set, pod_hash, &addr)) {
		r = claim(allotter, &addr, false, err);
		if (r != -EEXIST)
			return r;
	}
	return -ENOENT;
}

/* The index says that nothing is left: is it right, and are those alive who have the addresses? */
static int claim_last_resort(struct allotter *allotter, size_t i, struct cni_error *err)
{
	const struct range_set *set = &allotter->conf->pool.sets[i];
	cleanup_text struct text ranges = { 0 };
	int r = -ENOENT;

	if (!allotter->store.is_fresh) {
		r = store_rebuild(&allotter->store, err) ?: claim_next(allotter, i, err);
		if (r == -ENOENT)
			r = claim_resting(allotter, i, 0, err);
		if (r != -ENOENT)
			return r;
	}
	if (allotter->conf->leases.reclaim &&
	    reclaim_set(&allotter->store, set, &allotter->evidence))
		r = claim_next(allotter, i, err);
	if (r != -ENOENT)
		return r;
	range_set_print(set, &ranges);
	(void)cni_fail(err, CNI_ERR_EXHAUSTED, 0, "no IP addresses available in range set: %s",
		       ranges.s);
	return r;
}

static int claim_for_set(struct allotter *allotter, size_t i, struct cni_error *err)
{
	const struct range_set *set = &allotter->conf->pool.sets[i];
	const struct addr *former = &allotter->former[i];
	uint64_t pod_hash = allotter->record.pod_hash;
	int r = -EEXIST;

	if (addr_is_set(&allotter->requested[i]))
		return claim_requested(allotter, set, &allotter->requested[i], err);
	if (addr_is_set(former) && range_set_allows(set, former))
		r = claim(allotter, former, false, err);
	if (r != -EEXIST)
		return r;
	r = pod_hash ? claim_resting(allotter, i, pod_hash, err) : -ENOENT;
	if (r == -ENOENT)
		r = claim_next(allotter, i, err);
	if (r == -ENOENT)
		r = claim_resting(allotter, i, 0, err);
	return r == -ENOENT ? claim_last_resort(allotter, i, err) : r;
}

/* ---- the whole */

static void undo(struct allotter *allotter)
{
	struct allotment *allotment = &allotter->allotment;

	while (allotment->count) {
		const struct addr *addr = &allotment->items[--allotment->count].addr;
		cleanup_free char *reason = NULL;
		char buffer[ADDR_TEXT];
		int r = store_release(&allotter->store, addr, NULL);

		if (r == 0)
			continue;
		reason = error_text(-r);
		cni_warn("cannot take %s back: %s", addr_print(addr, buffer), reason);
	}
}

static void write_cursors(struct allotter *allotter)
{
	const struct allotment *allotment = &allotter->allotment;

	for (size_t i = 0; i < allotment->count; i++) {
		const struct allotted *item = &allotment->items[i];

		if (!item->is_next)
			continue;
		store_expect(&allotter->store);
		if (cursor_write(allotter->store.dir_fd, i, &item->addr))
			store_mark(&allotter->store);
	}
}

static int claim_all(struct allotter *allotter, struct cni_error *err)
{
	const struct pool *pool = &allotter->conf->pool;

	for (size_t i = 0; i < pool->count; i++) {
		int r = claim_for_set(allotter, i, err);

		if (r == 0 && signals_in_turn(i) < 0)
			r = cni_fail(err, CNI_ERR_TRY_LATER, EINTR, "gave up allocating");
		if (r == 0)
			continue;
		cni_error_prefix(err, "failed to allocate for range %zu", i);
		undo(allotter);
		return r;
	}
	write_cursors(allotter);
	return 0;
}

static int prepare(struct allotter *allotter, const char *netns, struct cni_error *err)
{
	const struct host_local_conf *conf = allotter->conf;
	int r = pool_deal(&conf->pool, conf->requested, conf->requested_count, allotter->requested,
			  err)
			?: store_open(allotter->place, true, &allotter->store, err);

	if (r < 0)
		return r;
	evidence_init(&allotter->evidence, netns);
	allotter->record = allotter->evidence.self;
	if (conf->pod)
		allotter->record.pod_hash = index_hash(conf->pod, strlen(conf->pod));
	store_wake(&allotter->store);
	return settle_former(allotter, err);
}

int allot(const struct host_local_conf *conf, const struct store_place *place,
	  const struct attachment *owner, const char *netns, struct allotment *ret,
	  struct cni_error *err)
{
	cleanup_with(allotter_release) struct allotter allotter = {
		.conf = conf,
		.place = place,
		.owner = owner,
		.store = STORE_NONE,
		.requested = xcalloc(conf->pool.count, sizeof(struct addr)),
		.former = xcalloc(conf->pool.count, sizeof(struct addr)),
		.allotment = ALLOTMENT_NONE,
	};
	int r;

	allotter.allotment.items = xcalloc(conf->pool.count, sizeof(struct allotted));
	r = prepare(&allotter, netns, err) ?: claim_all(&allotter, err);
	if (r < 0)
		return r;
	allotter.allotment.nonce = allotter.record.nonce;
	allotter.allotment.records_fd = steal_fd(&allotter.store.records_fd);
	*ret = allotter.allotment;
	allotter.allotment = (struct allotment)ALLOTMENT_NONE;
	return 0;
}

void allotment_complete(const struct allotment *allotment)
{
	if (allotment->count)
		record_complete(allotment->records_fd, allotment->items[0].record,
				allotment->nonce);
}

void allotment_release(struct allotment *allotment)
{
	close_fd(&allotment->records_fd);
	free(allotment->items);
	*allotment = (struct allotment)ALLOTMENT_NONE;
}
