/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index built from damaged records and strange leases: every lease that is held is taken in it
 * and found by its container, however the records look; put into a file and read again it says the
 * same. The input is a number of leases, their contents with a NUL behind each, and the file of
 * records.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "ipam/host-local/lease_life.h"
#include "ipam/host-local/record.h"
#include "ipam/host-local/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEASES = 6, FIRST = 2 };

struct world {
	int dir, run, records;
	unsigned leases;
};

static const struct addr first = { AF_INET, { 10, 0, 0, FIRST } };
static const struct addr last = { AF_INET, { 10, 0, 0, 254 } };

static int make_file(int dir, const char *name, const uint8_t *data, size_t size)
{
	cleanup_close int fd = openat(dir, name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert(fd >= 0 && file_write_fd(fd, data, size) == 0);
	return steal_fd(&fd);
}

static const char *name_of(unsigned lease, char name[32])
{
	(void)snprintf(name, 32, "10.0.0.%u", lease + FIRST);
	return name;
}

static bool is_found(struct index *index, uint64_t hash, uint32_t number)
{
	uint32_t at = 0;

	while ((at = index_next_of_id(index, hash, at)))
		if (at == number)
			return true;
	return false;
}

static void check_lease(const struct world *world, struct index *index, unsigned lease,
			bool names_only)
{
	cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };
	const struct addr addr = addr_plus(&first, lease);
	uint32_t number = index_find(index, &addr);
	char name[32];

	lease_file_read(world->dir, name_of(lease, name), &file);
	if (file.state == LEASE_EMPTY && !names_only) {
		assert(!number || index_entry(index, number)->state != ENTRY_TAKEN);
		return;
	}
	assert(number && index_entry(index, number)->state == ENTRY_TAKEN);
	if (names_only)
		return;
	assert(is_found(index, index_hash(file.content.s, lease_text_id_size(file.content.s)),
			number));
}

static void check_index(const struct world *world, struct index *index, bool names_only)
{
	struct addr vacant;
	uint32_t number = 0;
	uint64_t before = 0;

	for (unsigned i = 0; i < world->leases; i++)
		check_lease(world, index, i, names_only);
	if (index_find_vacant(index, &first, &last, &vacant)) {
		number = index_find(index, &vacant);
		assert(!number || index_entry(index, number)->state == ENTRY_UNUSED ||
		       index_entry(index, number)->state == ENTRY_KNOWN);
	}
	for (number = 0; (number = index_next_resting(index, number));) {
		assert(index_entry(index, number)->state == ENTRY_RESTING);
		assert(index_entry(index, number)->ready_at >= before);
		before = index_entry(index, number)->ready_at;
	}
}

static void check_published(const struct world *world, struct index *index)
{
	const struct index_mark mark = { .mtime = 1, .ctime = 2 };
	cleanup_index struct index again = { 0 };

	index_commit(index, &mark);
	index_publish(index, world->run, "index");
	assert(index_open(world->run, "index", false, &again) && index_has_mark(&again, &mark));
	check_index(world, &again, false);
	for (uint32_t i = 1; i <= index_last(index); i++) {
		const struct addr addr = index_entry_addr(index_entry(index, i));

		assert(index_find(index, &addr) == index_find(&again, &addr));
	}
}

static void judge(void *data, uint32_t number, const struct record *record)
{
	const struct world *world = data;
	const struct lease_stamp stamp = { .inode = 1 };
	const struct addr addr = { AF_INET, { 10, 0, 0, 1 } };
	cleanup_evidence struct evidence evidence = { 0 };
	struct record read = *record;
	const char *why = NULL;
	enum life life;

	if (!record_read(world->records, number, &read))
		return;
	assert(memchr(read.netns_path, '\0', sizeof(read.netns_path)));
	(void)record_is_completed(world->records, number, &read);
	evidence_init(&evidence, "");
	(void)life_is_plain(&evidence, &read);
	/* As if made here and now, so that the path is looked at. */
	memcpy(read.boot_id, evidence.self.boot_id, BOOT_ID);
	read.mount_dev = evidence.self.mount_dev;
	read.mount_inode = evidence.self.mount_inode;
	evidence.has_looked = true;
	life = life_judge(&evidence, &addr, "id\r\neth0", &stamp, &read, &why);
	assert((life == LIFE_DEAD) == !!why);
	assert(life != LIFE_DEAD || !read.has_netns || *read.netns_path == '/');
}

static void scan(const struct world *world, bool names_only)
{
	cleanup_index struct index index = { 0 };

	assert(scan_leases(world->dir, world->records, names_only, &index) >= 0);
	check_index(world, &index, names_only);
	if (!names_only)
		check_published(world, &index);
}

static void open_world(struct world *world, const char *path)
{
	cleanup_free char *run = xasprintf("%s.run", path);

	assert(mkdir(path, 0700) == 0 && mkdir(run, 0700) == 0);
	world->dir = open(path, O_RDONLY | O_DIRECTORY);
	world->run = open(run, O_RDONLY | O_DIRECTORY);
	assert(world->dir >= 0 && world->run >= 0);
}

static void close_world(struct world *world, const char *path)
{
	cleanup_free char *run = xasprintf("%s.run", path);
	char name[32];

	for (unsigned i = 0; i < world->leases; i++)
		assert(unlinkat(world->dir, name_of(i, name), 0) == 0);
	assert(unlinkat(world->run, "records", 0) == 0);
	(void)unlinkat(world->run, "index", 0); /* not there when nothing was published */
	assert(rmdir(path) == 0 && rmdir(run) == 0);
	close_fd(&world->dir);
	close_fd(&world->run);
	close_fd(&world->records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *path = xasprintf("/dev/shm/fuzz-records.%d", (int)getpid());
	const uint8_t *at = data + 1, *end = data + size;
	struct world world = { .records = -1 };

	if (!size)
		return 0;
	open_world(&world, path);
	for (world.leases = 0; world.leases < data[0] % LEASES && at < end; world.leases++) {
		const uint8_t *nul = memchr(at, '\0', (size_t)(end - at));
		size_t length = (size_t)((nul ? nul : end) - at);
		cleanup_close int fd = -1;
		char name[32];

		fd = make_file(world.dir, name_of(world.leases, name), at, length);
		at += length + !!nul;
	}
	world.records = make_file(world.run, "records", at, (size_t)(end - at));
	scan(&world, true);
	assert(record_for_each(world.records, judge, &world) == 0);
	scan(&world, false);
	close_world(&world, path);
	return 0;
}
