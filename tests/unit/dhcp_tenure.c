/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on an interface when changes of it fail one after the other. The interface is ours. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "../../ipam/dhcp/lease_json.h"
#include "../../ipam/dhcp/service.h"
#include "../../ipam/dhcp/settle.h"
#include "base/alloc.h"

enum { UNUSABLE = 9 }; /* the server left out what is needed */

static bool is_on[5];		/* the address 10.0.0.N */
static uint8_t network;		/* 10.0.network.0 */
static bool no_visit, no_route; /* why a change fails: before it, or behind its address */
static struct moment {
	bool is_on[5];
	char *file;
} moments[32]; /* before and behind each change of the interface */
static size_t moment_count;
static char *file; /* of the lease; NULL: none yet */

static int fake_enter(const struct spot *spot, struct spot_visit *visit)
{
	(void)spot;
	(void)visit;
	return no_visit ? -EMFILE : 0;
}

static uint8_t number_of(const struct result *result)
{
	assert_int_equal(result->ip_count, 1);
	return result->ips ? result->ips[0].address.addr.bytes[3] : 0;
}

static void note_moment(void)
{
	struct moment *moment = &moments[moment_count++];

	assert_true(moment_count < array_size(moments));
	memcpy(moment->is_on, is_on, sizeof(is_on));
	moment->file = file ? xstrdup(file) : NULL;
}

static int fake_settle(struct spot_visit *visit, const struct result *before,
		       const struct result *after, struct cni_error *err)
{
	(void)visit;
	note_moment();
	if (before)
		is_on[number_of(before)] = false;
	if (after)
		is_on[number_of(after)] = true;
	note_moment();
	return after && no_route ? cni_fail(err, CNI_ERR_INTERNAL, ENETUNREACH, "no route") : 0;
}

static int fake_result(const struct holding *holding, struct result *ret, struct cni_error *err)
{
	const uint8_t *leased = holding->client.terms.address;

	if (leased[3] == UNUSABLE)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "no subnet mask");
	result_add_ip(ret)->address = (struct prefix){
		.addr = { AF_INET, { leased[0], leased[1], leased[2], leased[3] } }, .len = 24
	};
	return 0;
}

static int fake_write(const struct lease_folder *folder, const struct holding *holding)
{
	cleanup_text struct text text = { 0 };

	(void)folder;
	lease_json_write(holding, "boot", &text);
	free(file);
	file = xstrdup(text.s);
	return 0;
}

static void fake_answer(struct daemon *d, struct caller *caller, const struct holding *h)
{
	(void)d;
	(void)caller;
	(void)h;
}

#define spot_enter fake_enter
#define settle fake_settle
#define holding_result fake_result
#define lease_folder_write fake_write
#define caller_answer_lease fake_answer
#include "../../ipam/dhcp/tenure.c" /* NOLINT(bugprone-suspicious-include): its callees are ours */

static struct daemon nobody;

static void lease_out(struct holding *h, uint8_t number)
{
	const uint8_t address[] = { 10, 0, network, number };

	memcpy(h->client.terms.address, address, sizeof(address));
}

static struct holding *settled(uint8_t number)
{
	struct holding *h = holding_make("net/c1/eth0", "eth0");

	memset(is_on, 0, sizeof(is_on));
	no_visit = no_route = false;
	h->spot.path = xstrdup("/run/netns/c1");
	h->spot.index = 2;
	lease_out(h, number);
	is_on[number] = h->is_settled = h->client.has_address = true;
	ignore(fake_write(NULL, h));
	return h;
}

static void forget_moments(void)
{
	while (moment_count)
		free(moments[--moment_count].file);
}

static int end_test(void **state)
{
	(void)state;
	forget_moments();
	free(file);
	file = NULL;
	return 0;
}

/* The daemon that starts behind one that was killed; its client has the lease that is on file. */
static struct holding *start_again(const char *text)
{
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	struct holding *h;

	assert_return_code(json_parse(text, strlen(text), &json, &why), 0);
	assert_return_code(lease_json_read(json, "boot", &h), 0);
	h->client.has_address = true;
	if (events_now() >= h->owed_at)
		tenure_repeat(&nobody, h);
	return h;
}

static void renumber(struct holding *h, uint8_t number)
{
	cleanup_result struct result before = { 0 };

	assert_return_code(fake_result(h, &before, NULL), 0);
	lease_out(h, number);
	tenure_bind(&nobody, h, &before);
}

/* 0: none */
static void assert_only(uint8_t number)
{
	for (size_t i = 1; i < array_size(is_on); i++)
		assert_int_equal(is_on[i], i == number);
}

static void of_changes_that_fail_in_a_row_nothing_stays(void **state)
{
	struct holding *h = settled(1);

	(void)state;
	no_route = true;
	renumber(h, 2); /* on, without its route */
	no_route = false, no_visit = true;
	renumber(h, 3);
	renumber(h, 4);
	no_visit = false;
	tenure_repeat(&nobody, h);
	assert_only(4);
	assert_true(h->owed_at == INT64_MAX);
	holding_free(h);
}

static void an_address_that_comes_back_stays(void **state)
{
	struct holding *h = settled(1);

	(void)state;
	no_visit = true;
	renumber(h, 2);
	renumber(h, 1);
	no_visit = false;
	tenure_repeat(&nobody, h);
	assert_only(1);
	holding_free(h);
}

static void a_lost_address_is_off_when_the_next_is_on(void **state)
{
	cleanup_result struct result unknown = { 0 };
	struct holding *h = settled(1);

	(void)state;
	no_visit = true;
	tenure_lose(&nobody, h);
	no_visit = false;
	lease_out(h, 2);
	tenure_bind(&nobody, h, &unknown); /* after its address was checked */
	assert_only(2);
	holding_free(h);
}

static void a_lost_address_is_off_later(void **state)
{
	struct holding *h = settled(1);

	(void)state;
	h->client.has_address = false;
	no_visit = true;
	tenure_lose(&nobody, h);
	assert_only(1);
	lease_out(h, 2); /* granted, and not checked yet */
	no_visit = false;
	tenure_repeat(&nobody, h);
	assert_only(0);
	assert_false(h->is_settled);
	holding_free(h);
}

static void the_next_daemon_takes_off_what_was_left(void **state)
{
	struct holding *h = settled(1);

	(void)state;
	no_visit = true;
	renumber(h, 2);
	holding_free(h);
	no_visit = false;
	h = start_again(file);
	assert_only(2);
	assert_true(h->owed_at == INT64_MAX);
	holding_free(h);
}

static void the_next_daemon_takes_off_what_was_lost(void **state)
{
	struct holding *h = settled(1);

	(void)state;
	no_visit = true;
	tenure_lose(&nobody, h);
	lease_out(h, 2); /* granted, and put on without its route */
	no_visit = false;
	no_route = true;
	tenure_bind(&nobody, h, &(struct result){ 0 });
	renumber(h, 3);
	holding_free(h);
	no_route = false;
	h = start_again(file);
	assert_only(3);
	holding_free(h);
}

/* What is on the interface is that of the lease on file, whenever the daemon is killed. */
static void a_daemon_killed_at_a_change_is_made_up_for(void **state)
{
	struct holding *h = settled(1);
	struct moment at[array_size(moments)];
	size_t count;

	(void)state;
	renumber(h, 2);
	no_route = true;
	renumber(h, 3);
	no_route = false;
	tenure_repeat(&nobody, h);
	renumber(h, 4);
	holding_free(h);
	count = moment_count;
	assert_true(count > 6);
	memcpy(at, moments, sizeof(at));
	moment_count = 0;
	for (size_t i = 0; i < count; i++) {
		memcpy(is_on, at[i].is_on, sizeof(is_on));
		h = start_again(at[i].file);
		assert_only(h->client.terms.address[3]);
		holding_free(h);
		free(at[i].file);
		forget_moments();
	}
}

static void changes_that_fail_for_ever_take_no_room(void **state)
{
	struct holding *h = settled(1);

	(void)state;
	no_visit = true;
	for (network = 1; network < 100; network++)
		renumber(h, 2);
	network = 0;
	renumber(h, 3);
	no_visit = false;
	tenure_repeat(&nobody, h);
	assert_only(3);
	assert_true(moment_count <= 4); /* one off, one on */
	holding_free(h);
}

static void an_address_goes_when_what_came_behind_it_was_of_no_use(void **state)
{
	struct holding *h = settled(1);

	(void)state;
	renumber(h, UNUSABLE);
	assert_only(1); /* to the end of the lease */
	h->client.has_address = false;
	tenure_lose(&nobody, h);
	assert_only(0);
	holding_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(of_changes_that_fail_in_a_row_nothing_stays, end_test),
		cmocka_unit_test_teardown(an_address_that_comes_back_stays, end_test),
		cmocka_unit_test_teardown(a_lost_address_is_off_when_the_next_is_on, end_test),
		cmocka_unit_test_teardown(a_lost_address_is_off_later, end_test),
		cmocka_unit_test_teardown(the_next_daemon_takes_off_what_was_left, end_test),
		cmocka_unit_test_teardown(the_next_daemon_takes_off_what_was_lost, end_test),
		cmocka_unit_test_teardown(a_daemon_killed_at_a_change_is_made_up_for, end_test),
		cmocka_unit_test_teardown(changes_that_fail_for_ever_take_no_room, end_test),
		cmocka_unit_test_teardown(an_address_goes_when_what_came_behind_it_was_of_no_use,
					  end_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
