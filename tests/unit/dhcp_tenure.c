/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on an interface when changes of it fail one after the other. The interface is ours. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "../../ipam/dhcp/service.h"
#include "../../ipam/dhcp/settle.h"

static bool is_on[5];		/* the address 10.0.0.N */
static bool no_visit, no_route; /* why a change fails: before it, or behind its address */
static uint8_t leased;		/* N */

static int fake_enter(const struct spot *spot, struct spot_visit *visit)
{
	(void)spot;
	(void)visit;
	return no_visit ? -EMFILE : 0;
}

static uint8_t number_of(const struct result *result)
{
	return result->ips[0].address.addr.bytes[3];
}

static int fake_settle(struct spot_visit *visit, const struct result *before,
		       const struct result *after, struct cni_error *err)
{
	(void)visit;
	if (before)
		is_on[number_of(before)] = false;
	if (after)
		is_on[number_of(after)] = true;
	return after && no_route ? cni_fail(err, CNI_ERR_INTERNAL, ENETUNREACH, "no route") : 0;
}

static int fake_result(const struct holding *holding, struct result *ret, struct cni_error *err)
{
	(void)holding;
	(void)err;
	result_add_ip(ret)->address.addr = (struct addr){ AF_INET, { 10, 0, 0, leased } };
	return 0;
}

static int fake_write(const struct lease_folder *folder, const struct holding *holding)
{
	(void)folder;
	(void)holding;
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

static struct holding *settled(uint8_t number)
{
	struct holding *h = holding_make("net/c1/eth0", "eth0");

	memset(is_on, 0, sizeof(is_on));
	no_visit = no_route = false;
	leased = number;
	is_on[number] = h->is_settled = h->client.has_address = true;
	return h;
}

static void renumber(struct holding *h, uint8_t number)
{
	cleanup_result struct result before = { 0 };

	assert_return_code(fake_result(h, &before, NULL), 0);
	leased = number;
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
	leased = 2;
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
	leased = 2; /* granted, and not checked yet */
	no_visit = false;
	tenure_repeat(&nobody, h);
	assert_only(0);
	assert_false(h->is_settled);
	holding_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_changes_that_fail_in_a_row_nothing_stays),
		cmocka_unit_test(an_address_that_comes_back_stays),
		cmocka_unit_test(a_lost_address_is_off_when_the_next_is_on),
		cmocka_unit_test(a_lost_address_is_off_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
