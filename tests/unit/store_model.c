/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random histories of a lease directory against a simple model: commands, commands that are killed
 * at a random system call, commands of which a system call fails, other programs that change the
 * directory, reboots. After each command the directory holds exactly what the model says.
 *
 * STORE_SEQUENCES is how many histories (default 500; 10,000 each night), STORE_SEED where to
 * begin.
 */
#include "../../ipam/host-local/allot.h"
#include "../../ipam/host-local/host_local_verbs.h"
#include "../../ipam/host-local/readiness.h"
#include "store_world.h"

/* ---- commands on the directory */

static int real_add(struct world *world, unsigned owner, unsigned hosts[SETS])
{
	cleanup_allotment struct allotment allotment = ALLOTMENT_NONE;
	struct attachment attachment = owner_of_number(owner);
	int r = allot(&world->conf, &world->place, &attachment, "", &allotment, NULL);

	if (r < 0)
		return r;
	for (unsigned set = 0; set < SETS; set++) {
		const struct addr *addr = &allotment.items[set].addr;

		hosts[set] = addr->bytes[family_size(addr->family) - 1];
	}
	allotment_complete(&allotment);
	return 0;
}

static int real_del(struct world *world, unsigned owner)
{
	struct attachment attachment = owner_of_number(owner);

	return release_leases(&world->place, &attachment, &world->conf.leases, NULL);
}

static void add(struct world *world, unsigned owner)
{
	unsigned expected[SETS], actual[SETS];
	int model = model_add(world, owner, expected);
	int real = real_add(world, owner, actual);

	assert_int_equal(real, model);
	for (unsigned set = 0; model == 0 && set < SETS; set++)
		assert_int_equal(actual[set], expected[set]);
}

static void del(struct world *world, unsigned owner)
{
	forget_owner(world, owner);
	assert_int_equal(real_del(world, owner), 0);
}

/* STATUS says what an ADD of somebody new would meet. */
static void status(struct world *world)
{
	bool is_ready = true;

	for (unsigned set = 0; set < SETS; set++) {
		bool has_room = false;

		for (unsigned host = FIRST; host <= last_host[set]; host++)
			has_room = has_room || world->leases[set][host].fate == NOBODY ||
				   world->leases[set][host].fate == OLD;
		is_ready = is_ready && has_room;
	}
	assert_int_equal(readiness_check(&world->place, &world->conf, NULL) == 0, is_ready);
}

/* ---- commands in trouble */

static void close_all(const bool was_open[DESCRIPTORS])
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (!was_open[fd])
			(void)close(fd);
}

static int run_killed(struct world *world, unsigned owner, bool is_add)
{
	bool was_open[DESCRIPTORS];
	unsigned hosts[SETS];

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) >= 0;
	if (setjmp(trouble.killed) == 0) {
		volatile int r = is_add ? real_add(world, owner, hosts) : real_del(world, owner);

		trouble.kind = NO_TROUBLE;
		return r;
	}
	trouble.kind = NO_TROUBLE;
	close_all(was_open); /* as the kernel does, and with them go the locks */
	return -EINTR;
}

/*
 * Takes over what is there of one owner; whatever else is missing must have been old. NOBODY as
 * fate: nothing may be new.
 */
static void adopt(struct world *world, unsigned owner, enum fate fate)
{
	struct attachment attachment = owner_of_number(owner);
	char own[64];

	(void)snprintf(own, sizeof(own), "%s\r\n%s", attachment.container_id, attachment.ifname);
	for (unsigned set = 0; set < SETS; set++) {
		for (unsigned host = FIRST; host <= last_host[set]; host++) {
			struct place_state *lease = &world->leases[set][host];
			char actual[64];

			print_actual(world, set, host, actual);
			if (strcmp(actual, own) == 0) {
				bool is_new = lease->fate == NOBODY || lease->owner != owner;

				if (fate == NOBODY && is_new)
					fail_msg("a failed ADD left %s in set %u", own, set);
				if (fate != NOBODY &&
				    (is_new || (lease->fate != OWNED && lease->fate != BARE)))
					*lease = (struct place_state){ fate, owner };
			} else if (!*actual && (lease->owner == owner || lease->fate == OLD)) {
				if (lease->fate != FOREIGN && lease->fate != NO_LEASE)
					*lease = (struct place_state){ 0 };
			}
		}
	}
}

static void read_cursors(struct world *world)
{
	for (unsigned set = 0; set < SETS; set++) {
		cleanup_free char *path = xasprintf("%s/n/last_reserved_ip.%u", world->folder, set);
		FILE *file = fopen(path, "r");
		char text[64] = "";

		world->cursor[set] = 0;
		if (file && fgets(text, sizeof(text), file))
			world->cursor[set] = (unsigned)text[strlen(text) - 1] - '0';
		if (file)
			(void)fclose(file);
	}
}

/* A killed command, then the same again: it gives what it would have given. */
static void kill_and_repeat(struct world *world, unsigned owner, bool is_add)
{
	bool was_owned = is_owned(world, owner);
	int r;

	trouble.kind = TROUBLE_KILL;
	trouble.countdown = (int)dice(world, 60);
	r = run_killed(world, owner, is_add);
	adopt(world, owner, r == 0 && is_add ? OWNED : UNFINISHED);
	read_cursors(world);
	compare(world);
	if (!is_add)
		del(world, owner);
	else if (r == -EINTR && !was_owned)
		add(world, owner);
}

/* A command one of whose system calls fails: it may fail, but an ADD that does leaves nothing. */
static void fail_and_clean(struct world *world, unsigned owner, bool is_add)
{
	static const int errnums[] = { ENOSPC, EIO, EROFS, EDQUOT };
	bool was_owned = is_owned(world, owner);
	unsigned hosts[SETS];
	int r;

	trouble.kind = TROUBLE_FAIL;
	trouble.countdown = (int)dice(world, 60);
	trouble.errnum = errnums[dice(world, array_size(errnums))];
	r = is_add ? real_add(world, owner, hosts) : real_del(world, owner);
	trouble.kind = NO_TROUBLE;
	adopt(world, owner, r < 0 ? NOBODY : EITHER);
	read_cursors(world);
	compare(world);
	for (unsigned set = 0; set < SETS; set++) {
		unsigned count = count_of(world, owner, set, EITHER) +
				 count_of(world, owner, set, OWNED) +
				 count_of(world, owner, set, OLD) +
				 count_of(world, owner, set, UNFINISHED);

		if (is_add && r == 0)
			assert_int_equal(count, 1);
		if (!is_add && r == 0)
			assert_int_equal(count, 0);
	}
	if (is_add && r == 0 && was_owned)
		fail_msg("a second ADD of a living attachment");
	del(world, owner);
}

/* ---- others */

static void meddle_with_leases(struct world *world)
{
	unsigned set = dice(world, SETS), owner = dice(world, OWNERS);
	unsigned host = FIRST + dice(world, last_host[set] - FIRST + 1);
	struct place_state *lease = &world->leases[set][host];
	char name[32];

	(void)lease_name(set, host, name);
	if (lease->fate != NOBODY) {
		assert_int_equal(remove_file(world, "n", name), 0);
		*lease = (struct place_state){ 0 };
		return;
	}
	(void)remove_file(world, "n", name); /* one without content may be there */
	switch (dice(world, 4)) {
	case 0: /* the reference, which makes them in place */
		if (!is_owned(world, owner) && !count_of(world, owner, set, OLD) &&
		    !count_of(world, owner, set, UNFINISHED)) {
			struct attachment attachment = owner_of_number(owner);
			cleanup_free char *content = xasprintf("%s\r\n%s", attachment.container_id,
							       attachment.ifname);

			make_file(world, name, content);
			*lease = (struct place_state){ BARE, owner };
		}
		return;
	case 1:
		make_file(world, name, "somebody else");
		*lease = (struct place_state){ .fate = FOREIGN };
		return;
	case 2: { /* a link that must not be followed */
		cleanup_free char *path = xasprintf("%s/n/%s", world->folder, name);

		assert_int_equal(symlink("../outside", path), 0);
		*lease = (struct place_state){ .fate = NO_LEASE };
		return;
	}
	default: /* what lost its content in a power cut is no lease */
		make_file(world, name, "");
	}
}

static void meddle_with_memory(struct world *world)
{
	cleanup_free char *path = xasprintf("%s/run/memory", world->folder);
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *file = xasprintf("%s/%s", path, entry->d_name);

		if (!strstr(entry->d_name, ".index"))
			continue;
		if (dice(world, 2))
			assert_int_equal(remove(file), 0);
		else
			assert_int_equal(truncate(file, dice(world, 200)), 0);
		break;
	}
	if (dir)
		(void)closedir(dir);
}

static void age(const struct world *world, unsigned set, unsigned host)
{
	static const struct timespec long_ago[2] = { { .tv_sec = 1000000000 },
						     { .tv_sec = 1000000000 } };
	char name[32];

	assert_int_equal(utimensat(world->dir, lease_name(set, host, name), long_ago, 0), 0);
}

/* Mostly /run is empty then, and all leases are older than the boot. Otherwise the records know. */
static void reboot(struct world *world)
{
	bool is_run_empty = dice(world, 2);

	if (is_run_empty)
		empty_folder(world, "run/memory");
	if (trouble.boot++ == '9')
		trouble.boot = '1';
	for (unsigned set = 0; set < SETS; set++) {
		for (unsigned host = FIRST; host <= last_host[set]; host++) {
			struct place_state *lease = &world->leases[set][host];

			if (lease->fate == NOBODY || lease->fate == NO_LEASE)
				continue;
			if (is_run_empty)
				age(world, set, host);
			if (lease->fate != FOREIGN && (is_run_empty || lease->fate != BARE))
				lease->fate = OLD;
		}
	}
}

static void step(struct world *world)
{
	unsigned owner = dice(world, OWNERS);

	switch (dice(world, 16)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		add(world, owner);
		break;
	case 5:
	case 6:
		del(world, owner);
		break;
	case 7:
		status(world);
		break;
	case 8:
	case 9:
		kill_and_repeat(world, owner, true);
		break;
	case 10:
		kill_and_repeat(world, owner, false);
		break;
	case 11:
		fail_and_clean(world, owner, true);
		break;
	case 12:
		fail_and_clean(world, owner, false);
		break;
	case 13:
	case 14:
		meddle_with_leases(world);
		break;
	default:
		if (dice(world, 3))
			meddle_with_memory(world);
		else
			reboot(world);
	}
	compare(world);
}

static unsigned number_from_environment(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text && *text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void the_directory_is_what_the_model_says(void **state)
{
	unsigned count = number_from_environment("STORE_SEQUENCES", 500);
	unsigned seed = number_from_environment("STORE_SEED", 1);
	struct world world = { 0 };

	(void)state;
	trouble.boot = '1';
	make_world(&world);
	for (unsigned i = 0; i < count; i++) {
		world.seed = trouble.seed = seed + i;
		begin(&world);
		for (world.at = 0; world.at < STEPS; world.at++)
			step(&world);
	}
	drop_world(&world);
}

/* Whoever is killed frees nothing. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_directory_is_what_the_model_says),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (failed)
		print_message("# again with STORE_SEQUENCES=1 STORE_SEED=%u\n", trouble.seed);
	return failed;
}
