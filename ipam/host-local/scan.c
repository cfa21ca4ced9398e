/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a lease directory once: records give the entries their numbers, leases say what is taken.
 */
#include "scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "lease/lease.h"
#include "record.h"
#include "store.h"

struct scan {
	int dir_fd, records_fd;
	bool names_only;
	struct index *index;
};

/*
 * An entry for every record, in order, so that each keeps its number. When an old record could not
 * be cleared, there may be two about one address: the later one counts.
 */
static void add_record(void *data, uint32_t number, const struct record *record)
{
	const struct scan *scan = data;
	struct addr addr = record_addr(record);
	struct index_entry *entry;
	struct record other;
	uint32_t before;

	if (addr.family != AF_INET && addr.family != AF_INET6)
		return;
	before = index_find(scan->index, &addr);
	if (before && record_read(scan->records_fd, before, &other) && other.nonce >= record->nonce)
		return;
	if (before)
		index_remove(scan->index, before);
	entry = index_entry(scan->index, index_add(scan->index, &addr, number));
	entry->ready_at = record->ready_at;
	entry->has_pod = record->pod_hash != 0;
}

/* The pod of a lease is in its record, if that is really about it. */
static uint64_t find_pod(const struct scan *scan, const char *name, uint32_t number)
{
	cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };
	struct record record;

	if (!record_read(scan->records_fd, number, &record))
		return 0;
	lease_file_read(scan->dir_fd, name, &file);
	return record_is_about(&record, &file.stamp) ? record.pod_hash : 0;
}

static void read_lease(const struct scan *scan, const struct dirent *entry, struct lease_file *ret)
{
	*ret = (struct lease_file){ .state = LEASE_FOREIGN };
	if (scan->names_only)
		return;
	if (entry->d_type == DT_REG)
		lease_file_read_content(scan->dir_fd, entry->d_name, ret);
	else if (entry->d_type == DT_UNKNOWN)
		lease_file_read(scan->dir_fd, entry->d_name, ret);
}

static int add_lease(const struct scan *scan, const struct dirent *entry, const struct addr *addr)
{
	cleanup_lease_file struct lease_file file = { .state = LEASE_FOREIGN };
	uint32_t number = index_find(scan->index, addr);
	uint64_t id_hash = 0, pod_hash = 0;

	read_lease(scan, entry, &file);
	if (file.errnum)
		return -file.errnum;
	if (file.state == LEASE_ABSENT || file.state == LEASE_EMPTY)
		return 0;
	if (file.state == LEASE_HELD)
		id_hash = index_hash(file.content.s, lease_text_id_size(file.content.s));
	if (number && index_entry(scan->index, number)->has_pod)
		pod_hash = find_pod(scan, entry->d_name, number);
	if (!number)
		number = index_add(scan->index, addr, 0);
	index_take(scan->index, number, id_hash, pod_hash);
	return 0;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir); /* nothing is buffered behind a folder that is read */
}

static int add_leases(const struct scan *scan)
{
	cleanup_close int fd = openat(scan->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_with(close_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct addr addr;
	int r;

	if (!dir)
		return -errno;
	(void)steal_fd(&fd); /* closedir() closes it */
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;
		if (lease_name_parse(entry->d_name, &addr) < 0)
			continue;
		r = add_lease(scan, entry, &addr);
		if (r < 0)
			return r;
	}
}

struct resting {
	uint64_t ready_at, pod_hash;
	uint32_t number;
};

static int compare_resting(const void *a, const void *b)
{
	const struct resting *first = a, *second = b;

	if (first->ready_at != second->ready_at)
		return first->ready_at < second->ready_at ? -1 : 1;
	return first->number < second->number ? -1 : first->number > second->number;
}

/* Records without a lease: the address rests, or the record has served. */
static size_t sort_known(const struct scan *scan, struct resting *resting)
{
	uint64_t now = store_now();
	struct record record;
	size_t count = 0;

	for (uint32_t number = 1; number <= index_last(scan->index); number++) {
		const struct index_entry *entry = index_entry(scan->index, number);

		if (entry->state != ENTRY_KNOWN)
			continue;
		if (entry->ready_at > now && record_read(scan->records_fd, number, &record)) {
			resting[count++] = (struct resting){ record.ready_at, record.pod_hash,
							     number };
			continue;
		}
		index_remove(scan->index, number);
		if (!scan->names_only)
			record_clear(scan->records_fd, number);
	}
	if (count)
		qsort(resting, count, sizeof(*resting), compare_resting);
	return count;
}

static void settle_known(const struct scan *scan)
{
	cleanup_free struct resting *resting = xcalloc(index_last(scan->index) + 1,
						       sizeof(*resting));
	size_t count = sort_known(scan, resting);

	for (size_t i = 0; i < count; i++)
		index_rest(scan->index, resting[i].number, resting[i].pod_hash,
			   resting[i].ready_at);
}

int scan_leases(int dir_fd, int records_fd, bool names_only, struct index *index)
{
	cleanup_index struct index built = { 0 };
	struct scan scan = {
		.dir_fd = dir_fd,
		.records_fd = records_fd,
		.names_only = names_only,
		.index = &built,
	};
	int has_records, r;

	index_create(record_count(records_fd), &built);
	has_records = record_for_each(records_fd, add_record, &scan);
	r = add_leases(&scan);
	if (r < 0)
		return r;
	settle_known(&scan);
	index_close(index);
	*index = built;
	built = (struct index){ 0 };
	return has_records < 0;
}
