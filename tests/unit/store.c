/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../ipam/host-local/store.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "unit.h"

struct fixture {
	char folder[32];
	char run[40];
	struct store_place place;
};

static int make_fixture(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	(void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/store.XXXXXX");
	if (!mkdtemp(fixture->folder))
		return -1;
	(void)snprintf(fixture->run, sizeof(fixture->run), "%s/run/me", fixture->folder);
	fixture->place = (struct store_place){
		.data_dir = fixture->folder,
		.network = "n",
		.run_dir = fixture->run,
		.lock_seconds = 1,
	};
	*state = fixture;
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int remove_tree(const char *path)
{
	return nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static int drop_fixture(void **state)
{
	struct fixture *fixture = *state;
	int r = remove_tree(fixture->folder);

	free(fixture);
	return r;
}

static char *path_of(const struct fixture *fixture, const char *name)
{
	return xasprintf("%s/n/%s", fixture->folder, name);
}

static void make_file(const struct fixture *fixture, const char *name, const char *content)
{
	cleanup_free char *path = path_of(fixture, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static struct attachment owner_called(const char *id)
{
	return (struct attachment){ .network = "n", .container_id = id, .ifname = "eth0" };
}

static void open_store(const struct fixture *fixture, struct store *store)
{
	cleanup_error struct cni_error err = { 0 };

	if (store_open(&fixture->place, true, store, &err) != 1)
		fail_msg("%s", err.msg);
}

static int claim_with(struct store *store, const char *addr_text, const char *id,
		      const struct record *record)
{
	struct attachment owner = owner_called(id);
	struct addr addr = make_addr(addr_text);
	uint32_t number;

	return store_claim(store, &addr, &owner, record, &number);
}

static int claim(struct store *store, const char *addr_text, const char *id)
{
	const struct record record = { .nonce = 1 };

	return claim_with(store, addr_text, id, &record);
}

static void expect_found(struct store *store, const char *id, const char *expected)
{
	cleanup_store_leases struct store_leases leases = { 0 };
	cleanup_text struct text text = { 0 };
	struct attachment owner = owner_called(id);
	char buffer[ADDR_TEXT];

	assert_int_equal(store_find(store, &owner, &leases, NULL), 0);
	text_add(&text, "");
	for (size_t i = 0; i < leases.count; i++)
		text_addf(&text, "%s%s%s", i ? " " : "", addr_print(&leases.items[i].addr, buffer),
			  leases.items[i].match == LEASE_SAME ? "" : "?");
	assert_string_equal(text.s ? text.s : "", expected);
}

static void a_name_is_claimed_once(void **state)
{
	cleanup_store struct store store = STORE_NONE;

	open_store(*state, &store);
	assert_int_equal(claim(&store, "10.0.0.5", "c1"), 0);
	assert_int_equal(claim(&store, "10.0.0.5", "c2"), -EEXIST);
	make_file(*state, "10.0.0.6", "c3\r\neth0");
	assert_int_equal(claim(&store, "10.0.0.6", "c2"), -EEXIST);
	expect_found(&store, "c3", "10.0.0.6");
	make_file(*state, "10.0.0.7", " \r\n");
	assert_int_equal(claim(&store, "10.0.0.7", "c2"), 0);
	expect_found(&store, "c2", "10.0.0.7");
}

static void owners_are_found_in_every_format(void **state)
{
	const struct fixture *fixture = *state;
	cleanup_store struct store store = STORE_NONE;
	cleanup_free char *folder = path_of(fixture, "");

	assert_int_equal(mkdir(folder, 0755), 0);
	make_file(fixture, "10.0.0.2", "c1\r\neth0");
	make_file(fixture, "10.0.0.3", "c1");
	make_file(fixture, "10.0.0.4", "c1\r\nnet1");
	make_file(fixture, "10.0.0.5", "c11\r\neth0");
	make_file(fixture, "10.0.0.6", "\xc2\xa0 c1\r\neth0\xe2\x80\xa8\n");
	make_file(fixture, "10.0.0.007", "c1\r\neth0");
	make_file(fixture, "2001:DB8::1", "c1\r\neth0");
	make_file(fixture, "last_reserved_ip.0", "c1");
	open_store(fixture, &store);
	assert_true(store.is_fresh);
	expect_found(&store, "c11", "10.0.0.5");
	expect_found(&store, "c", "");
	{
		cleanup_store_leases struct store_leases leases = { 0 };
		struct attachment owner = owner_called("c1");

		assert_int_equal(store_find(&store, &owner, &leases, NULL), 0);
		assert_int_equal(leases.count, 3);
	}
}

static void the_index_is_used_until_somebody_changes_the_directory(void **state)
{
	const struct fixture *fixture = *state;
	cleanup_free char *lease = path_of(fixture, "10.0.0.9");

	for (int i = 0; i < 20; i++) {
		cleanup_store struct store first = STORE_NONE;
		cleanup_store struct store second = STORE_NONE;
		cleanup_store struct store third = STORE_NONE;
		struct addr addr = make_addr("10.0.0.5");

		open_store(fixture, &first);
		assert_int_equal(claim(&first, "10.0.0.5", "c1"), 0);
		store_close(&first);
		open_store(fixture, &second);
		assert_false(second.is_fresh);
		expect_found(&second, "c1", "10.0.0.5");
		assert_int_equal(store_release(&second, &addr, NULL), 0);
		store_close(&second);
		/* Within the same tick of the clock. */
		if (i % 2)
			make_file(fixture, "10.0.0.9", "c9\r\neth0");
		else
			(void)unlink(lease);
		open_store(fixture, &third);
		assert_true(third.is_fresh || (i == 0));
		expect_found(&third, "c9", i % 2 ? "10.0.0.9" : "");
	}
}

static void the_mark_is_one_that_no_change_leaves(void **state)
{
	const struct fixture *fixture = *state;
	cleanup_store struct store store = STORE_NONE;
	cleanup_free char *folder = path_of(fixture, "");
	struct stat st;

	open_store(fixture, &store);
	assert_int_equal(claim(&store, "10.0.0.5", "c1"), 0);
	store_close(&store);
	assert_int_equal(stat(folder, &st), 0);
	assert_true(st.st_mtim.tv_sec + 2 < st.st_ctim.tv_sec);
	make_file(fixture, "x", "");
	assert_int_equal(stat(folder, &st), 0);
	assert_true(st.st_mtim.tv_sec == st.st_ctim.tv_sec);
}

static void an_index_left_in_disorder_is_not_used(void **state)
{
	const struct fixture *fixture = *state;
	cleanup_store struct store store = STORE_NONE;

	open_store(fixture, &store);
	assert_int_equal(claim(&store, "10.0.0.5", "c1"), 0);
	store_close(&store);
	open_store(fixture, &store);
	assert_false(store.is_fresh);
	index_begin(&store.index);
	index_close(&store.index); /* what the kernel does for who is killed */
	store_close(&store);
	open_store(fixture, &store);
	assert_true(store.is_fresh);
}

static void a_record_speaks_for_its_own_lease_only(void **state)
{
	const struct fixture *fixture = *state;
	cleanup_evidence struct evidence evidence = { 0 };
	cleanup_verdict struct store_verdict verdict = { 0 };
	cleanup_free char *lease = path_of(fixture, "10.0.0.5");
	struct addr addr = make_addr("10.0.0.5");
	struct record record;
	struct store store = STORE_NONE;

	evidence_init(&evidence, "");
	record = evidence.self;
	record.boot_id[0] ^= 1; /* another boot */
	open_store(fixture, &store);
	assert_int_equal(claim_with(&store, "10.0.0.5", "c1", &record), 0);
	store_judge(&store, &addr, &evidence, &verdict);
	assert_int_equal(verdict.life, LIFE_DEAD);
	store_verdict_release(&verdict);
	store_close(&store);
	/* The same owner again at the same address, by another program. */
	assert_int_equal(unlink(lease), 0);
	usleep(10000); /* so that the clock of the file system has moved on */
	make_file(fixture, "10.0.0.5", "c1\r\neth0");
	open_store(fixture, &store);
	store_judge(&store, &addr, &evidence, &verdict);
	assert_int_equal(verdict.life, LIFE_UNKNOWN);
	store_close(&store);
}

static void an_unfinished_add_is_known_by_its_lock(void **state)
{
	const struct fixture *fixture = *state;
	cleanup_evidence struct evidence evidence = { 0 };
	struct addr addr = make_addr("10.0.0.5");
	struct store_verdict verdict = { 0 };
	struct store mine = STORE_NONE, other = STORE_NONE;
	int records;

	evidence_init(&evidence, "");
	open_store(fixture, &mine);
	assert_int_equal(claim_with(&mine, "10.0.0.5", "c1", &evidence.self), 0);
	records = steal_fd(&mine.records_fd); /* an ADD keeps it until its end */
	store_close(&mine);
	open_store(fixture, &other);
	store_judge(&other, &addr, &evidence, &verdict);
	assert_int_equal(verdict.life, LIFE_ALIVE);
	assert_false(verdict.is_unfinished);
	store_verdict_release(&verdict);
	(void)close(records);
	store_judge(&other, &addr, &evidence, &verdict);
	assert_true(verdict.is_unfinished);
	store_verdict_release(&verdict);
	record_complete(other.records_fd, index_find(&other.index, &addr), evidence.self.nonce);
	store_judge(&other, &addr, &evidence, &verdict);
	assert_false(verdict.is_unfinished);
	assert_int_equal(verdict.life, LIFE_UNKNOWN); /* it named no namespace */
	store_verdict_release(&verdict);
	store_close(&other);
}

static void the_lock_has_a_deadline_and_a_holder(void **state)
{
	const struct fixture *fixture = *state;
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *expected = NULL;
	struct store store = STORE_NONE, second = STORE_NONE;

	open_store(fixture, &store);
	assert_true(store_open(&fixture->place, true, &second, &err) < 0);
	expected = xasprintf("lease directory %s/n: process %d has held the lock for more than 1 "
			     "seconds",
			     fixture->folder, (int)getpid());
	expect_error(&err, CNI_ERR_TRY_LATER, expected);
	store_close(&store);
	open_store(fixture, &second);
	store_close(&second);
}

static void a_removed_directory_is_made_again(void **state)
{
	const struct fixture *fixture = *state;
	cleanup_free char *folder = path_of(fixture, "");
	struct store store = STORE_NONE;

	assert_int_equal(store_open(&fixture->place, false, &store, NULL), 0);
	open_store(fixture, &store);
	assert_int_equal(claim(&store, "10.0.0.5", "c1"), 0);
	store_close(&store);
	assert_int_equal(remove_tree(folder), 0);
	open_store(fixture, &store);
	expect_found(&store, "c1", "");
	assert_int_equal(claim(&store, "10.0.0.5", "c2"), 0);
	store_close(&store);
}

static void rests_end_in_order(void **state)
{
	static const struct store_rest longer = { .cooldown_seconds = 2000 };
	static const struct store_rest shorter = { .cooldown_seconds = 1000 };
	static const char *const texts[] = { "10.0.0.2", "10.0.0.3", "10.0.0.4" };
	const struct fixture *fixture = *state;
	cleanup_pool struct pool pool = { 0 };
	struct store store = STORE_NONE;
	struct addr found;

	pool_add_set(&pool);
	assert_int_equal(prefix_parse("10.0.0.0/29", &pool_add_range(&pool)->subnet), 0);
	assert_int_equal(pool_settle(&pool, NULL), 0);
	open_store(fixture, &store);
	for (size_t i = 0; i < array_size(texts); i++) {
		struct addr addr = make_addr(texts[i]);

		assert_int_equal(claim(&store, texts[i], "c1"), 0);
		assert_int_equal(store_release(&store, &addr, i == 0 ? &longer : &shorter), 0);
	}
	for (int round = 0; round < 2; round++) {
		assert_true(store_find_resting(&store, &pool.sets[0], 0, &found));
		assert_true(addr_equal(&found, &(struct addr){ AF_INET, { 10, 0, 0, 3 } }));
		store_wake(&store);
		assert_true(index_find_vacant(&store.index,
					      &(struct addr){ AF_INET, { 10, 0, 0, 2 } },
					      &(struct addr){ AF_INET, { 10, 0, 0, 9 } }, &found));
		assert_true(addr_equal(&found, &(struct addr){ AF_INET, { 10, 0, 0, 5 } }));
		assert_int_equal(store_rebuild(&store, NULL), 0); /* the records know as well */
	}
	store_close(&store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_claimed_once),
		TEST(owners_are_found_in_every_format),
		TEST(the_index_is_used_until_somebody_changes_the_directory),
		TEST(the_mark_is_one_that_no_change_leaves),
		TEST(an_index_left_in_disorder_is_not_used),
		TEST(a_record_speaks_for_its_own_lease_only),
		TEST(an_unfinished_add_is_known_by_its_lock),
		TEST(the_lock_has_a_deadline_and_a_holder),
		TEST(a_removed_directory_is_made_again),
		TEST(rests_end_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
