/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index in which numbers were changed at random, under commands that use it: each comes to an
 * end, takes nobody's address, and gives none that is taken.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../ipam/host-local/allot.h"
#include "../../ipam/host-local/host_local_verbs.h"
#include "../../ipam/host-local/index_file.h"
#include "../../ipam/host-local/readiness.h"
#include "base/alloc.h"
#include "base/file.h"
#include "unit.h"

enum { DAMAGES = 500, OWNERS = 40, HOSTS = 64, SECONDS = 20 };

struct world {
	char folder[32], data[48], run[48], index[128];
	struct host_local_conf conf;
	struct store_place place;
	unsigned seed;
};

static unsigned dice(struct world *world, unsigned sides)
{
	world->seed = world->seed * 1664525 + 1013904223;
	return (world->seed >> 8) % sides;
}

static struct attachment owner_of_number(unsigned owner, char id[16])
{
	(void)snprintf(id, 16, "c%u", owner);
	return (struct attachment){ .network = "n", .container_id = id, .ifname = "eth0" };
}

static void make_world(struct world *world)
{
	struct stat st;

	(void)snprintf(world->folder, sizeof(world->folder), "/dev/shm/damage.XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	(void)snprintf(world->data, sizeof(world->data), "%s/n", world->folder);
	(void)snprintf(world->run, sizeof(world->run), "%s/run", world->folder);
	assert_int_equal(mkdir(world->data, 0755), 0);
	assert_int_equal(stat(world->data, &st), 0);
	(void)snprintf(world->index, sizeof(world->index), "%s/%lx-%lx.index", world->run,
		       (unsigned long)st.st_dev, (unsigned long)st.st_ino);
	pool_add_set(&world->conf.pool);
	assert_int_equal(prefix_parse("10.0.0.0/26", &pool_add_range(&world->conf.pool)->subnet),
			 0);
	assert_int_equal(pool_settle(&world->conf.pool, NULL), 0);
	world->conf.pod = xstrdup("shop/web-0");
	world->conf.leases = (struct lease_conf){ .data_dir = world->folder, .sticky = true };
	world->place = (struct store_place){ .data_dir = world->folder, .network = "n" };
	world->place.run_dir = world->run;
	world->place.lock_seconds = 1;
}

static int add(struct world *world, unsigned owner)
{
	cleanup_allotment struct allotment allotment = ALLOTMENT_NONE;
	char id[16];
	struct attachment attachment = owner_of_number(owner, id);
	int r = allot(&world->conf, &world->place, &attachment, "", &allotment, NULL);

	if (r < 0)
		return r;
	allotment_complete(&allotment);
	return allotment.items[0].addr.bytes[3];
}

static void del(struct world *world, unsigned owner)
{
	char id[16];
	struct attachment attachment = owner_of_number(owner, id);

	world->conf.leases.cooldown_seconds = (int)dice(world, 3) * 100;
	world->conf.leases.sticky_seconds = (int)dice(world, 3) * 70;
	assert_int_equal(release_leases(&world->place, &attachment, &world->conf.leases, NULL), 0);
}

/* Who has which address according to the files: OWNERS for nobody. */
static void read_leases(const struct world *world, unsigned ret[HOSTS])
{
	cleanup_close int dir = open(world->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (unsigned host = 0; host < HOSTS; host++) {
		cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };
		char name[32];

		(void)snprintf(name, sizeof(name), "10.0.0.%u", host);
		lease_file_read(dir, name, &file);
		ret[host] = file.state == LEASE_HELD ? (unsigned)atoi(file.content.s + 1) : OWNERS;
	}
}

/* Another number in place of one behind the header, or of those in it that lead to entries. */
static void damage(struct world *world)
{
	static const uint32_t far[] = { UINT32_MAX, 65, 1u << 31 };
	const size_t heads = offsetof(struct index_header, block_count);
	cleanup_close int fd = open(world->index, O_RDWR | O_CLOEXEC);
	struct stat st;

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	for (unsigned i = 1 + dice(world, 4); i; i--) {
		unsigned words = ((unsigned)st.st_size - (unsigned)heads) / 4;
		off_t at = (off_t)(heads +
				   4 * (dice(world, 3) ? dice(world, words) : dice(world, 6)));
		uint32_t value = dice(world, 5) ? dice(world, 50) : far[dice(world, 3)];

		assert_int_equal(pwrite(fd, &value, sizeof(value), at), sizeof(value));
	}
}

/* Puts an index there that the next command opens. */
static void repair(struct world *world)
{
	cleanup_store struct store store = STORE_NONE;

	(void)unlink(world->index);
	assert_int_equal(store_open(&world->place, true, &store, NULL), 1);
	store_close(&store);
}

static void expect_nobody_lost(const unsigned before[HOSTS], const unsigned after[HOSTS],
			       unsigned who)
{
	for (unsigned host = 0; host < HOSTS; host++)
		if (before[host] != who && before[host] != OWNERS)
			assert_int_equal(after[host], before[host]);
}

static void use(struct world *world)
{
	unsigned owner = dice(world, OWNERS), other = dice(world, OWNERS);
	unsigned before[HOSTS], between[HOSTS], after[HOSTS];
	struct attachments none = { 0 };
	int host;

	read_leases(world, before);
	if (dice(world, 2))
		ignore(readiness_check(&world->place, &world->conf, NULL)); /* either may be so */
	if (!dice(world, 100))
		assert_int_equal(collect_leases(&world->place, &none, NULL), 0);
	else if (dice(world, 2))
		del(world, owner);
	read_leases(world, between);
	host = add(world, other);
	read_leases(world, after);
	expect_nobody_lost(between, after, other);
	if (host > 0)
		assert_int_equal(after[host], other);
	if (host > 0 && between[host] != OWNERS)
		assert_int_equal(between[host], other);
}

static void remove_files(const struct world *world)
{
	cleanup_free char *command = xasprintf("rm -r %s", world->folder);

	assert_int_equal(system(command), 0);
}

static void no_damage_leads_far(void **state)
{
	struct world world = { .seed = 1 };

	(void)state;
	make_world(&world);
	for (unsigned owner = 0; owner < OWNERS; owner++)
		assert_true(add(&world, owner) > 0);
	for (unsigned owner = 0; owner < OWNERS; owner += 2)
		del(&world, owner);
	for (unsigned i = 0; i < DAMAGES; i++) {
		(void)alarm(SECONDS);
		repair(&world);
		damage(&world);
		use(&world);
	}
	(void)alarm(0);
	remove_files(&world);
	pool_release(&world.conf.pool);
	free(world.conf.pod);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_damage_leads_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
