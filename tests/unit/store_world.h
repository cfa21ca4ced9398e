/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lease directory, the model of what is in it, and the comparison of both; for store_model.c. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../ipam/host-local/host_local_conf.h"
#include "../../ipam/host-local/store.h"
#include "base/alloc.h"
#include "net/census.h"
#include "store_trouble.h"

enum {
	SETS = 2,   /* 10.0.0.0/29 and fd00::/125 */
	OWNERS = 8, /* more than fit */
	FIRST = 2,  /* behind the gateway */
	HOSTS = 8,
	STEPS = 10,
	DESCRIPTORS = 64,
};

static const unsigned last_host[SETS] = { 6, 7 };

enum fate {
	NOBODY,
	OWNED,	    /* by a completed ADD of this boot */
	BARE,	    /* the same by another program, so nothing is known about it */
	UNFINISHED, /* by one that was killed */
	EITHER,	    /* one or the other */
	OLD,	    /* by an ADD before the reboot */
	FOREIGN,    /* by somebody that none of our commands speaks for */
	NO_LEASE,   /* taken by something that is no lease */
};

struct place_state {
	enum fate fate;
	unsigned owner;
};

struct world {
	char folder[64], data[80], run[80];
	int dir; /* of the leases */
	struct host_local_conf conf;
	struct store_place place;
	struct place_state leases[SETS][HOSTS];
	unsigned cursor[SETS]; /* 0: none */
	unsigned seed;
	int at; /* which step: for a debugger */
};

/*
 * Instead of the library's, which asks all namespaces of the machine the test runs on: nobody has
 * the addresses of the model.
 */
void census_take(const struct holders *holders, struct census *ret)
{
	(void)holders;
	*ret = (struct census){ 0 };
}

bool census_has(const struct census *census, const struct addr *addr)
{
	(void)census;
	(void)addr;
	return false;
}

void census_release(struct census *census)
{
	*census = (struct census){ 0 };
}

static unsigned dice(struct world *world, unsigned sides)
{
	world->seed = world->seed * 1664525 + 1013904223;
	return (world->seed >> 16) % sides;
}

static const char *lease_name(unsigned set, unsigned host, char name[32])
{
	(void)snprintf(name, 32, set ? "fd00::%u" : "10.0.0.%u", host);
	return name;
}

static struct attachment owner_of_number(unsigned owner)
{
	static const char *const ids[OWNERS] = { "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c6" };
	static const char *const names[OWNERS] = { "eth0", "eth0", "eth0", "eth0",
						   "eth0", "eth0", "eth0", "net1" };

	return (struct attachment){
		.network = "n",
		.container_id = ids[owner],
		.ifname = names[owner],
	};
}

static void make_file(const struct world *world, const char *name, const char *content)
{
	cleanup_free char *path = xasprintf("%s/n/%s", world->folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int remove_file(const struct world *world, const char *folder, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s/%s", world->folder, folder, name);

	return remove(path);
}

static void empty_folder(const struct world *world, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", world->folder, name);
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			assert_int_equal(remove_file(world, name, entry->d_name), 0);
	if (dir)
		(void)closedir(dir);
}

static void begin(struct world *world)
{
	empty_folder(world, "n");
	empty_folder(world, "run/memory");
	memset(world->leases, 0, sizeof(world->leases));
	memset(world->cursor, 0, sizeof(world->cursor));
}

static void add_set(struct pool *pool, const char *subnet)
{
	pool_add_set(pool);
	assert_int_equal(prefix_parse(subnet, &pool_add_range(pool)->subnet), 0);
}

static void make_world(struct world *world)
{
	struct store_place *place = &world->place;

	(void)snprintf(world->folder, sizeof(world->folder), "%s/store_model.XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(world->folder));
	(void)snprintf(world->data, sizeof(world->data), "%s/n", world->folder);
	(void)snprintf(world->run, sizeof(world->run), "%s/run/memory", world->folder);
	assert_int_equal(mkdir(world->data, 0755), 0);
	world->dir = open(world->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	add_set(&world->conf.pool, "10.0.0.0/29");
	add_set(&world->conf.pool, "fd00::/125");
	assert_int_equal(pool_settle(&world->conf.pool, NULL), 0);
	world->conf.leases = (struct lease_conf){ .data_dir = world->folder, .reclaim = true };
	*place = (struct store_place){ .data_dir = world->folder, .network = "n" };
	place->run_dir = world->run;
	place->lock_seconds = 1;
}

static void drop_world(struct world *world)
{
	begin(world);
	(void)close(world->dir);
	(void)rmdir(world->data);
	(void)rmdir(world->run);
	*strrchr(world->run, '/') = '\0';
	(void)rmdir(world->run);
	(void)rmdir(world->folder);
	pool_release(&world->conf.pool);
}

/* ---- the directory against the model */

static void print_expected(const struct place_state *lease, char text[64])
{
	struct attachment owner = owner_of_number(lease->owner);

	switch (lease->fate) {
	case NOBODY:
		text[0] = '\0';
		return;
	case FOREIGN:
		(void)snprintf(text, 64, "somebody else");
		return;
	case NO_LEASE:
		(void)snprintf(text, 64, "?");
		return;
	default:
		(void)snprintf(text, 64, "%s\r\n%s", owner.container_id, owner.ifname);
	}
}

/* By the system calls themselves: these are not in for trouble. */
static void print_actual(const struct world *world, unsigned set, unsigned host, char text[64])
{
	char name[32];
	ssize_t size = 0;
	long fd;

	(void)lease_name(set, host, name);
	fd = syscall(SYS_openat, world->dir, name, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0 && errno == ELOOP)
		text[size++] = '?';
	else if (fd >= 0)
		size = syscall(SYS_read, fd, text, 63);
	assert_true(size >= 0);
	text[size] = '\0';
	if (fd >= 0)
		(void)close((int)fd);
}

static void compare(const struct world *world)
{
	for (unsigned set = 0; set < SETS; set++) {
		for (unsigned host = 0; host < HOSTS; host++) {
			char expected[64], actual[64];

			print_expected(&world->leases[set][host], expected);
			print_actual(world, set, host, actual);
			if (strcmp(expected, actual) != 0)
				fail_msg("set %u host %u: expected \"%s\", there is \"%s\"", set,
					 host, expected, actual);
		}
	}
}

static unsigned count_of(const struct world *world, unsigned owner, unsigned set, enum fate fate)
{
	unsigned count = 0;

	for (unsigned host = FIRST; host <= last_host[set]; host++)
		count += world->leases[set][host].owner == owner &&
			 world->leases[set][host].fate == fate;
	return count;
}

static bool is_owned(const struct world *world, unsigned owner)
{
	return count_of(world, owner, 0, OWNED) || count_of(world, owner, 1, OWNED) ||
	       count_of(world, owner, 0, BARE) || count_of(world, owner, 1, BARE);
}

/* ---- commands on the model */

static void forget_owner(struct world *world, unsigned owner)
{
	for (unsigned set = 0; set < SETS; set++)
		for (unsigned host = 0; host < HOSTS; host++) {
			struct place_state *lease = &world->leases[set][host];

			if (lease->owner == owner && lease->fate != FOREIGN &&
			    lease->fate != NO_LEASE)
				*lease = (struct place_state){ 0 };
		}
}

static unsigned find_free(const struct world *world, unsigned set)
{
	unsigned count = last_host[set] - FIRST + 1;
	unsigned at = world->cursor[set] ? world->cursor[set] + 1 - FIRST : 0;

	for (unsigned i = 0; i < count; i++) {
		unsigned host = FIRST + (at + i) % count;

		if (world->leases[set][host].fate == NOBODY)
			return host;
	}
	return 0;
}

/* The address of an ADD in one set, or 0; a full set loses its old leases. */
static unsigned model_add_one(struct world *world, unsigned set, unsigned former)
{
	unsigned host = former ? former : find_free(world, set);

	if (!host) {
		for (unsigned i = FIRST; i <= last_host[set]; i++)
			if (world->leases[set][i].fate == OLD)
				world->leases[set][i] = (struct place_state){ 0 };
		host = find_free(world, set);
	}
	return host;
}

/* 0, or the error of the ADD. */
static int model_add(struct world *world, unsigned owner, unsigned hosts[SETS])
{
	unsigned former[SETS] = { 0 };

	if (is_owned(world, owner))
		return -EEXIST;
	for (unsigned set = 0; set < SETS; set++)
		for (unsigned host = FIRST; host <= last_host[set]; host++)
			if (world->leases[set][host].owner == owner &&
			    (world->leases[set][host].fate == OLD ||
			     world->leases[set][host].fate == UNFINISHED))
				former[set] = host;
	forget_owner(world, owner);
	for (unsigned set = 0; set < SETS; set++) {
		hosts[set] = model_add_one(world, set, former[set]);
		if (hosts[set])
			continue;
		forget_owner(world, owner);
		return -ENOENT;
	}
	for (unsigned set = 0; set < SETS; set++) {
		world->leases[set][hosts[set]] = (struct place_state){ .fate = OWNED,
								       .owner = owner };
		if (hosts[set] != former[set])
			world->cursor[set] = hosts[set];
	}
	return 0;
}
