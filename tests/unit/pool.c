/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../ipam/host-local/pool.h"

#include "unit.h"

enum { LIST = 8 };

static struct range *add_range(struct pool *pool, const char *subnet)
{
	struct range *range = pool_add_range(pool);

	range->subnet = make_prefix(subnet);
	return range;
}

/* Sets are separated by "|". */
static void make_pool(struct pool *pool, const char *const subnets[LIST])
{
	*pool = (struct pool){ 0 };
	pool_add_set(pool);
	for (size_t i = 0; i < LIST && subnets[i]; i++) {
		if (text_equal(subnets[i], "|"))
			pool_add_set(pool);
		else
			(void)add_range(pool, subnets[i]);
	}
}

static void settle(struct pool *pool)
{
	cleanup_error struct cni_error err = { 0 };

	if (pool_settle(pool, &err) < 0)
		fail_msg("%s", err.msg);
}

/* Walks one by one over a list of texts: simple, and right by inspection. */
static bool find_by_walking(void *data, const struct addr *from, const struct addr *to,
			    struct addr *ret)
{
	const char *const *taken = data;

	for (struct addr addr = *from;; addr = addr_plus(&addr, 1)) {
		char text[ADDR_TEXT];
		bool is_taken = false;

		(void)addr_print(&addr, text);
		for (size_t i = 0; i < LIST && taken[i]; i++)
			is_taken = is_taken || text_equal(taken[i], text);
		if (!is_taken) {
			*ret = addr;
			return true;
		}
		if (addr_equal(&addr, to))
			return false;
	}
}

static const char *next(const struct pool *pool, const char *cursor, const char *const *taken,
			char text[ADDR_TEXT])
{
	struct vacancy vacancy = { .find = find_by_walking, .data = (void *)(uintptr_t)taken };
	struct addr at = { 0 }, addr;

	if (cursor)
		at = make_addr(cursor);
	if (!range_set_next(&pool->sets[0], cursor ? &at : NULL, &vacancy, &addr))
		return "none";
	return addr_print(&addr, text);
}

static void addresses_go_round(void **state)
{
	static const struct {
		const char *subnets[LIST], *taken[LIST], *cursor, *expected;
	} rows[] = {
		{ { "10.0.0.0/29" }, { 0 }, NULL, "10.0.0.2" },
		{ { "2001:db8:1::/64" }, { 0 }, NULL, "2001:db8:1::2" },
		{ { "10.0.0.0/30" }, { 0 }, NULL, "10.0.0.2" },
		{ { "10.0.0.0/29" }, { "10.0.0.2" }, NULL, "10.0.0.3" },
		{ { "10.0.0.0/29" }, { 0 }, "10.0.0.5", "10.0.0.6" },
		{ { "10.0.0.0/29" }, { "10.0.0.4", "10.0.0.5" }, "10.0.0.3", "10.0.0.6" },
		{ { "10.0.0.0/29" }, { "10.0.0.6" }, "10.0.0.5", "10.0.0.2" },
		{ { "10.0.0.0/29" }, { 0 }, "10.0.0.6", "10.0.0.2" },
		{ { "10.0.0.0/29" }, { "10.0.0.2" }, "10.0.0.128", "10.0.0.3" },
		{ { "10.0.0.0/29" }, { "10.0.0.2" }, "2001:db8::1", "10.0.0.3" },
		{ { "10.0.0.0/29" },
		  { "10.0.0.2", "10.0.0.4", "10.0.0.5", "10.0.0.6" },
		  "10.0.0.3",
		  "10.0.0.3" },
		{ { "10.0.0.0/30", "10.0.1.0/30" }, { 0 }, NULL, "10.0.0.2" },
		{ { "10.0.0.0/30", "10.0.1.0/30" }, { 0 }, "10.0.0.2", "10.0.1.2" },
		{ { "10.0.0.0/30", "10.0.1.0/30", "10.0.2.0/30" }, { 0 }, "10.0.2.2", "10.0.0.2" },
		{ { "10.0.0.0/30", "10.0.1.0/30" }, { "10.0.0.2", "10.0.1.2" }, NULL, "none" },
		{ { "10.0.0.0/30", "10.0.1.0/30" }, { "10.0.1.2" }, "10.0.1.2", "10.0.0.2" },
		{ { "10.0.0.0/30" }, { "10.0.0.2" }, "10.0.0.2", "none" },
		{ { "255.255.255.252/30" }, { 0 }, "255.255.255.254", "255.255.255.254" },
		{ { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffc/126" },
		  { 0 },
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_pool struct pool pool;
		char text[ADDR_TEXT];

		make_pool(&pool, rows[i].subnets);
		settle(&pool);
		assert_string_equal(next(&pool, rows[i].cursor, rows[i].taken, text),
				    rows[i].expected);
	}
}

static void a_whole_round_skips_gateway_and_broadcast(void **state)
{
	static const char *const order[] = { "192.168.1.2", "192.168.1.3", "192.168.1.4",
					     "192.168.1.5", "192.168.1.6", "192.168.1.2" };
	static const char *const nothing[LIST];
	const char *cursor = NULL;
	cleanup_pool struct pool pool;
	char text[2][ADDR_TEXT];

	(void)state;
	make_pool(&pool, (const char *const[LIST]){ "192.168.1.0/29" });
	settle(&pool);
	for (size_t i = 0; i < array_size(order); i++) {
		cursor = next(&pool, cursor, nothing, text[i % 2]);
		assert_string_equal(cursor, order[i]);
	}
}

static void the_gateway_may_be_anywhere(void **state)
{
	static const struct {
		const char *gateways[2], *expected;
	} rows[] = {
		{ { NULL, NULL }, "192.168.1.0" },	    /* .1 and .1 of the other */
		{ { "192.168.1.0", NULL }, "192.168.1.1" }, /* the first address */
		{ { "192.168.9.9", NULL }, "192.168.1.0" }, /* outside of the subnet */
		{ { NULL, "192.168.1.0" }, "192.168.1.2" }, /* that of the other range: .0 and .1 */
	};
	static const char *const nothing[LIST];

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_pool struct pool pool = { 0 };
		char text[ADDR_TEXT];

		make_pool(&pool, (const char *const[LIST]){ "192.168.1.0/30", "192.168.2.0/30" });
		for (size_t j = 0; j < 2; j++) {
			struct range *range = &pool.sets[0].ranges[j];

			range->first = range->subnet.addr;
			if (rows[i].gateways[j])
				range->gateway = make_addr(rows[i].gateways[j]);
		}
		settle(&pool);
		assert_string_equal(next(&pool, NULL, nothing, text), rows[i].expected);
	}
}

static void excluded_addresses_never_come(void **state)
{
	static const char *const nothing[LIST];
	const char *cursor = NULL;
	cleanup_pool struct pool pool;
	struct range *range;
	char text[2][ADDR_TEXT];

	(void)state;
	make_pool(&pool, (const char *const[LIST]){ "10.0.0.0/24" });
	range = &pool.sets[0].ranges[0];
	range->exclude = calloc(2, sizeof(*range->exclude));
	range->exclude[0] = make_prefix("10.0.0.0/28");
	range->exclude[1] = make_prefix("10.0.0.128/25");
	range->exclude_count = 2;
	settle(&pool);
	for (int i = 0; i < 10000; i++) {
		struct addr addr;

		cursor = next(&pool, cursor, nothing, text[i % 2]);
		addr = make_addr(cursor);
		assert_in_range(addr.bytes[3], 16, 127);
	}
	range->exclude[0] = make_prefix("10.0.0.0/24");
	settle(&pool);
	assert_string_equal(next(&pool, NULL, nothing, text[0]), "none");
}

static void defaults_leave_out_what_is_not_usable(void **state)
{
	static const struct {
		const char *subnet, *range, *gateway;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.1-192.0.2.254", "192.0.2.1" },
		{ "192.0.2.128/25", "192.0.2.129-192.0.2.254", "192.0.2.129" },
		{ "192.0.2.12/30", "192.0.2.13-192.0.2.14", "192.0.2.13" },
		{ "192.0.2.12/31", "192.0.2.12-192.0.2.13", "192.0.2.13" },
		{ "192.0.2.12/32", "192.0.2.12-192.0.2.12", NULL },
		{ "2001:db8:1::/64", "2001:db8:1::1-2001:db8:1:0:ffff:ffff:ffff:ffff",
		  "2001:db8:1::1" },
		{ "2001:db8::4/126", "2001:db8::5-2001:db8::7", "2001:db8::5" },
		{ "2001:db8::4/127", "2001:db8::4-2001:db8::5", "2001:db8::5" },
		{ "2001:db8::4/128", "2001:db8::4-2001:db8::4", NULL },
		{ "0.0.0.0/0", "0.0.0.1-255.255.255.254", "0.0.0.1" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_text struct text text = { 0 };
		struct range range = { .subnet = make_prefix(rows[i].subnet) };
		char gateway[ADDR_TEXT];

		assert_int_equal(range_settle(&range, NULL), 0);
		range_print(&range, &text);
		assert_string_equal(text.s, rows[i].range);
		assert_int_equal(addr_is_set(&range.gateway), rows[i].gateway != NULL);
		if (rows[i].gateway)
			assert_string_equal(addr_print(&range.gateway, gateway), rows[i].gateway);
	}
}

static void two_containers_share_a_subnet_of_two(void **state)
{
	cleanup_pool struct pool pool;
	char text[ADDR_TEXT];

	(void)state;
	make_pool(&pool, (const char *const[LIST]){ "192.0.2.12/31" });
	pool.sets[0].ranges[0].gateway = make_addr("10.0.0.1");
	settle(&pool);
	assert_string_equal(next(&pool, NULL, (const char *const[LIST]){ 0 }, text), "192.0.2.12");
	assert_string_equal(next(&pool, "192.0.2.12", (const char *const[LIST]){ "192.0.2.12" },
				 text),
			    "192.0.2.13");
	assert_string_equal(next(&pool, NULL,
				 (const char *const[LIST]){ "192.0.2.12", "192.0.2.13" }, text),
			    "none");
}

static void bad_ranges_are_refused_in_the_words_of_the_reference(void **state)
{
	static const struct {
		const char *subnet, *first, *last, *message;
	} rows[] = {
		{ "192.0.2.12/24", NULL, NULL,
		  "Network has host bits set. For a subnet mask of length 24 the network address "
		  "is 192.0.2.0" },
		{ "192.0.2.0/24", "192.0.3.0", NULL,
		  "RangeStart 192.0.3.0 not in network 192.0.2.0/24" },
		{ "192.0.2.0/24", NULL, "192.0.4.0",
		  "RangeEnd 192.0.4.0 not in network 192.0.2.0/24" },
		{ "192.0.2.0/24", "192.0.2.50", "192.0.2.40",
		  "RangeStart 192.0.2.50 not in network 192.0.2.0/24" },
		{ "192.0.2.0/24", "2001:db8::1", NULL,
		  "RangeStart 2001:db8::1 not in network 192.0.2.0/24" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_error struct cni_error err = { 0 };
		struct range range = { .subnet = make_prefix(rows[i].subnet) };

		if (rows[i].first)
			range.first = make_addr(rows[i].first);
		if (rows[i].last)
			range.last = make_addr(rows[i].last);
		assert_true(range_settle(&range, &err) < 0);
		assert_int_equal(err.code, CNI_ERR_CONFIG);
		assert_string_equal(err.msg, rows[i].message);
	}
}

static void bad_sets_are_refused_in_the_words_of_the_reference(void **state)
{
	static const struct {
		const char *subnets[LIST], *message;
	} rows[] = {
		{ { 0 }, "invalid range set 0: empty range set" },
		{ { "10.0.0.0/24", "|" }, "invalid range set 1: empty range set" },
		{ { "10.1.0.0/22", "2001:db8:5::/64" },
		  "invalid range set 0: mixed address families" },
		{ { "10.1.0.0/22", "10.1.2.0/24" },
		  "invalid range set 0: subnets 10.1.0.1-10.1.3.254 and 10.1.2.1-10.1.2.254 "
		  "overlap" },
		{ { "10.1.0.0/22", "|", "10.1.2.0/24" }, "range set 0 overlaps with 1" },
		{ { "10.1.0.0/24", "|", "10.2.0.0/24", "|", "2001:db8::/64", "|", "10.2.0.0/25" },
		  "range set 1 overlaps with 3" },
		{ { "10.1.0.4/24" },
		  "invalid range set 0: Network has host bits set. For a subnet mask of length 24 "
		  "the network address is 10.1.0.0" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_error struct cni_error err = { 0 };
		cleanup_pool struct pool pool;

		make_pool(&pool, rows[i].subnets);
		assert_true(pool_settle(&pool, &err) < 0);
		assert_string_equal(err.msg, rows[i].message);
	}
}

static void a_missing_or_mapped_subnet_is_refused(void **state)
{
	cleanup_error struct cni_error missing = { 0 }, mapped = { 0 };
	struct range range = { 0 };

	(void)state;
	assert_true(range_settle(&range, &missing) < 0);
	assert_string_equal(missing.msg, "IP <nil> not v4 nor v6");
	range = (struct range){ .subnet = make_prefix("::ffff:10.0.0.0/120"), .is_mapped = true };
	assert_true(range_settle(&range, &mapped) < 0);
	assert_string_equal(mapped.msg, "address and mask family mismatch");
}

static void one_subnet_may_be_split(void **state)
{
	cleanup_pool struct pool pool;
	struct addr addr = make_addr("10.0.0.20");

	(void)state;
	make_pool(&pool, (const char *const[LIST]){ "10.0.0.0/24", "10.0.0.0/24" });
	pool.sets[0].ranges[0].last = make_addr("10.0.0.9");
	pool.sets[0].ranges[1].first = make_addr("10.0.0.20");
	settle(&pool);
	assert_ptr_equal(range_set_find(&pool.sets[0], &addr), &pool.sets[0].ranges[1]);
	addr = make_addr("10.0.0.15");
	assert_null(range_set_find(&pool.sets[0], &addr));
	assert_null(pool_find(&pool, &addr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_go_round),
		cmocka_unit_test(a_whole_round_skips_gateway_and_broadcast),
		cmocka_unit_test(the_gateway_may_be_anywhere),
		cmocka_unit_test(excluded_addresses_never_come),
		cmocka_unit_test(defaults_leave_out_what_is_not_usable),
		cmocka_unit_test(two_containers_share_a_subnet_of_two),
		cmocka_unit_test(bad_ranges_are_refused_in_the_words_of_the_reference),
		cmocka_unit_test(bad_sets_are_refused_in_the_words_of_the_reference),
		cmocka_unit_test(a_missing_or_mapped_subnet_is_refused),
		cmocka_unit_test(one_subnet_may_be_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
