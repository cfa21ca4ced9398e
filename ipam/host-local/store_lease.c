/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding, making, judging and removing leases: every step verified against the lease itself. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "store.h"

enum { TRIES = 3 };

/* ---- finding */

static void add_found(struct store_leases *leases, const struct addr *addr, enum lease_match match)
{
	leases->items = xgrow(leases->items, leases->count, sizeof(*leases->items));
	leases->items[leases->count++] = (struct store_lease){ .addr = *addr, .match = match };
}

/*
 * -ESTALE when the lease is not that of the container the index has it for, other -errno when it
 * cannot be read.
 */
static int verify(const struct store *store, const struct index_entry *entry,
		  const struct attachment *owner, struct store_leases *leases)
{
	cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };
	struct addr addr = index_entry_addr(entry);
	enum lease_match match;
	char name[ADDR_TEXT];

	lease_file_read(store->dir_fd, addr_print(&addr, name), &file);
	if (file.errnum)
		return -file.errnum;
	if (file.state != LEASE_HELD ||
	    index_hash(file.content.s, lease_text_id_size(file.content.s)) != entry->id_hash)
		return -ESTALE;
	match = lease_text_match(file.content.s, owner);
	if (match != LEASE_OTHER)
		add_found(leases, &addr, match);
	return 0;
}

/* A walk that comes back to an entry would never end: each entry at a power of two is waited for.
 */
static int find_all(struct store *store, const struct attachment *owner,
		    struct store_leases *leases)
{
	uint64_t hash = index_hash(owner->container_id, strlen(owner->container_id));
	uint32_t number = 0, seen = 0;
	int r = 0;

	for (size_t turn = 1; r == 0; turn++) {
		number = index_next_of_id(&store->index, hash, number);
		if (number && number == seen)
			index_damaged(&store->index);
		if (!number || store->index.is_damaged)
			return store->index.is_damaged ? -ESTALE : 0;
		if ((turn & (turn - 1)) == 0)
			seen = number;
		r = verify(store, index_entry(&store->index, number), owner, leases);
	}
	return r;
}

int store_find(struct store *store, const struct attachment *owner, struct store_leases *ret,
	       struct cni_error *err)
{
	*ret = (struct store_leases){ 0 };
	for (int i = 0; i < TRIES; i++) {
		int r = find_all(store, owner, ret);

		if (r == 0)
			return 0;
		store_leases_release(ret);
		if (r != -ESTALE)
			return cni_fail(err, CNI_ERR_STORE, -r,
					"lease directory %s: cannot read it", store->path);
		r = store_rebuild(store, err);
		if (r < 0)
			return r;
	}
	return cni_fail(err, CNI_ERR_TRY_LATER, 0,
			"lease directory %s: somebody changes it without its lock", store->path);
}

/* ---- making */

static uint32_t entry_for(struct store *store, const struct addr *addr)
{
	uint32_t number = index_find(&store->index, addr);

	index_begin(&store->index);
	return number ? number : index_add(&store->index, addr, 0);
}

static void remember(const struct store *store, uint32_t number, const struct addr *addr,
		     const struct lease_stamp *stamp, const struct record *about)
{
	struct record record = *about;

	record.family = addr->family;
	memcpy(record.bytes, addr->bytes, sizeof(record.bytes));
	record.stamp = *stamp;
	if (!record.leader)
		record.leader = number;
	record_lock(store->records_fd, number);
	if (record_write(store->records_fd, number, &record) < 0)
		record_clear(store->records_fd, number); /* rather nothing than something old */
}

static void forget(struct store *store, uint32_t number)
{
	index_remove(&store->index, number);
	record_clear(store->records_fd, number);
}

/* The name is taken: by a lease that the index does not know, or by one that nobody completed. */
static int meet_obstacle(struct store *store, uint32_t number, const char *name)
{
	cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };
	uint64_t id_hash = 0;

	lease_file_read(store->dir_fd, name, &file);
	if (file.state == LEASE_ABSENT)
		return 0;
	if (file.state == LEASE_EMPTY)
		return unlinkat(store->dir_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	if (file.state == LEASE_HELD)
		id_hash = index_hash(file.content.s, lease_text_id_size(file.content.s));
	index_take(&store->index, number, id_hash, 0);
	return -EEXIST;
}

static int publish_often(struct store *store, struct draft *draft, uint32_t number,
			 const char *name)
{
	int r;

	for (int i = 0; i < TRIES; i++) {
		r = draft_publish(draft, name);
		if (r != -EEXIST)
			return r;
		r = meet_obstacle(store, number, name);
		if (r < 0)
			return r;
	}
	return -EAGAIN; /* somebody without the lock keeps making and removing it */
}

static int publish(struct store *store, struct draft *draft, uint32_t number,
		   const struct addr *addr)
{
	char name[ADDR_TEXT];
	int r;

	store_expect(store);
	r = publish_often(store, draft, number, addr_print(addr, name));
	draft_release(draft);
	store_mark(store);
	return r;
}

/*
 * The order is for those who are killed: the index is in disorder from the first step, the record
 * is there before the lease, and the lease is complete when it gets its name.
 */
int store_claim(struct store *store, const struct addr *addr, const struct attachment *owner,
		const struct record *record, uint32_t *ret_number)
{
	cleanup_draft struct draft draft = { .fd = -1 };
	uint32_t number;
	int r;

	store_expect(store);
	r = draft_write(store->dir_fd, owner, &draft);
	if (r < 0)
		return r;
	if (draft.is_named)
		store_mark(store);
	number = entry_for(store, addr);
	remember(store, number, addr, &draft.stamp, record);
	r = publish(store, &draft, number, addr);
	if (r == 0)
		index_take(&store->index, number,
			   index_hash(owner->container_id, strlen(owner->container_id)),
			   record->pod_hash);
	else if (r != -EEXIST)
		forget(store, number);
	if (r == 0)
		*ret_number = number;
	return r;
}

/* ---- removing */

static uint64_t rest_until(const struct store_rest *rest, uint64_t pod_hash)
{
	int seconds = rest->cooldown_seconds;

	if (pod_hash && rest->sticky_seconds > seconds)
		seconds = rest->sticky_seconds;
	return seconds > 0 ? store_now() + (uint64_t)seconds * 1000000000 : 0;
}

/* The address goes to rest: its record now says until when. */
static bool put_to_rest(struct store *store, uint32_t number, const struct addr *addr,
			const struct store_rest *rest)
{
	struct record record = { .pod_hash = index_entry(&store->index, number)->pod_hash };

	record.ready_at = rest_until(rest, record.pod_hash);
	if (!record.ready_at)
		return false;
	index_rest(&store->index, number, record.pod_hash, record.ready_at);
	remember(store, number, addr, &(struct lease_stamp){ 0 }, &record);
	return true;
}

int store_release(struct store *store, const struct addr *addr, const struct store_rest *rest)
{
	uint32_t number = index_find(&store->index, addr);
	char name[ADDR_TEXT];

	index_begin(&store->index);
	store_expect(store);
	if (unlinkat(store->dir_fd, addr_print(addr, name), 0) < 0 && errno != ENOENT)
		return -errno;
	store_mark(store);
	if (!number || (rest && put_to_rest(store, number, addr, rest)))
		return 0;
	forget(store, number);
	return 0;
}

/* ---- judging */

void store_judge(struct store *store, const struct addr *addr, struct evidence *evidence,
		 struct store_verdict *ret)
{
	cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };
	uint32_t number = index_find(&store->index, addr);
	struct record record;
	char name[ADDR_TEXT];
	bool has_record;

	*ret = (struct store_verdict){ .life = LIFE_UNKNOWN };
	lease_file_read(store->dir_fd, addr_print(addr, name), &file);
	if (file.state != LEASE_HELD)
		return;
	has_record = number && record_read(store->records_fd, number, &record) &&
		     record_is_about(&record, &file.stamp);
	ret->life = life_judge(evidence, addr, file.content.s, &file.stamp,
			       has_record ? &record : NULL, &ret->why);
	ret->is_unfinished = has_record && !record_is_completed(store->records_fd, number, &record);
	if (ret->is_unfinished && record_is_locked(store->records_fd, number)) {
		ret->is_unfinished = false;
		ret->life = LIFE_ALIVE;
	}
	ret->content = file.content;
	file.content = (struct text){ 0 };
}

/* ---- resting */

void store_wake(struct store *store)
{
	uint64_t now = store_now();
	uint32_t number;

	while ((number = index_next_resting(&store->index, 0)) &&
	       index_entry(&store->index, number)->ready_at <= now) {
		index_begin(&store->index);
		forget(store, number);
	}
}

bool store_find_resting(struct store *store, const struct range_set *set, uint64_t pod_hash,
			struct addr *ret)
{
	uint32_t number = 0, limit = index_last(&store->index);

	for (uint32_t i = 0; i < limit; i++) {
		const struct index_entry *entry;
		struct addr addr;

		number = pod_hash ? index_next_of_pod(&store->index, pod_hash, number)
				  : index_next_resting(&store->index, number);
		entry = index_entry(&store->index, number);
		if (!entry)
			return false;
		addr = index_entry_addr(entry);
		if (entry->state != ENTRY_RESTING || !range_set_allows(set, &addr))
			continue;
		if (index_find(&store->index, &addr) != number) {
			index_damaged(&store->index);
			return false;
		}
		*ret = addr;
		return true;
	}
	return false;
}
