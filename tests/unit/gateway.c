/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which gateways and default routes bridge makes of an IPAM result. */
#include "plugin/gateway.h"

#include "unit.h"

static void add_ip(struct result *result, const char *address, const char *gateway)
{
	struct result_ip *ip = result_add_ip(result);

	assert_int_equal(prefix_parse(address, &ip->address), 0);
	if (gateway)
		assert_int_equal(addr_parse(gateway, &ip->gateway), 0);
}

static void expect_prefix(const struct prefix *prefix, const char *expected)
{
	char text[PREFIX_TEXT];

	assert_string_equal(prefix_print(prefix, text), expected);
}

static void expect_addr(const struct addr *addr, const char *expected)
{
	char text[ADDR_TEXT];

	assert_string_equal(addr_print(addr, text), expected);
}

static void a_missing_gateway_is_the_first_address(void **state)
{
	cleanup_result struct result result = { 0 };
	cleanup_gateways struct gateways gateways = { 0 };

	(void)state;
	add_ip(&result, "10.1.2.3/24", NULL);
	add_ip(&result, "fd00::5/64", NULL);
	add_ip(&result, "10.9.0.7/16", "10.9.255.1");
	assert_int_equal(gateway_plan(&result, true, false, &gateways, NULL), 0);
	assert_int_equal(gateways.count, 3);
	expect_prefix(&gateways.items[0], "10.1.2.1/24");
	expect_prefix(&gateways.items[1], "10.9.255.1/16");
	expect_prefix(&gateways.items[2], "fd00::1/64");
	expect_addr(&result.ips[0].gateway, "10.1.2.1");
	assert_int_equal(result.route_count, 0);
}

static void the_same_gateway_is_needed_once(void **state)
{
	cleanup_result struct result result = { 0 };
	cleanup_gateways struct gateways gateways = { 0 };

	(void)state;
	add_ip(&result, "10.1.2.3/24", "10.1.2.1");
	add_ip(&result, "10.1.2.4/24", "10.1.2.1");
	assert_int_equal(gateway_plan(&result, true, false, &gateways, NULL), 0);
	assert_int_equal(gateways.count, 1);
}

static void each_family_gets_one_default_route(void **state)
{
	cleanup_result struct result result = { 0 };
	cleanup_gateways struct gateways gateways = { 0 };

	(void)state;
	add_ip(&result, "10.1.2.3/24", NULL);
	add_ip(&result, "10.2.2.3/24", NULL);
	add_ip(&result, "fd00::5/64", NULL);
	assert_int_equal(gateway_plan(&result, true, true, &gateways, NULL), 0);
	assert_int_equal(result.route_count, 2);
	expect_prefix(&result.routes[0].dst, "0.0.0.0/0");
	expect_addr(&result.routes[0].gw, "10.1.2.1");
	expect_prefix(&result.routes[1].dst, "::/0");
	expect_addr(&result.routes[1].gw, "fd00::1");
}

static void a_default_route_of_the_ipam_is_completed_and_not_doubled(void **state)
{
	cleanup_result struct result result = { 0 };
	cleanup_gateways struct gateways gateways = { 0 };
	struct route *route;

	(void)state;
	add_ip(&result, "10.1.2.3/24", NULL);
	add_ip(&result, "fd00::5/64", NULL);
	route = result_add_route(&result);
	assert_int_equal(prefix_parse("0.0.0.0/0", &route->dst), 0);
	route = result_add_route(&result);
	assert_int_equal(prefix_parse("::/0", &route->dst), 0);
	assert_int_equal(addr_parse("fd00::9", &route->gw), 0);
	assert_int_equal(gateway_plan(&result, true, true, &gateways, NULL), 0);
	assert_int_equal(result.route_count, 2);
	expect_addr(&result.routes[0].gw, "10.1.2.1");
	expect_addr(&result.routes[1].gw, "fd00::9");
}

static void a_single_address_has_no_room_for_a_gateway(void **state)
{
	cleanup_result struct result result = { 0 };
	cleanup_gateways struct gateways gateways = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	add_ip(&result, "10.1.2.3/32", NULL);
	assert_true(gateway_plan(&result, true, false, &gateways, &err) < 0);
	assert_int_equal(err.code, CNI_ERR_CONFIG);
}

static bool conflicts(const char *gateway, const char *present)
{
	struct prefix wanted, have;
	struct gateways gateways = { .items = &wanted, .count = 1 };
	const struct prefix *which = NULL;

	assert_int_equal(prefix_parse(gateway, &wanted), 0);
	assert_int_equal(prefix_parse(present, &have), 0);
	if (!gateway_conflicts(&gateways, &have, &which))
		return false;
	assert_ptr_equal(which, &wanted);
	return true;
}

static void any_other_ipv4_address_is_in_the_way(void **state)
{
	(void)state;
	assert_false(conflicts("10.1.2.1/24", "10.1.2.1/24"));
	assert_true(conflicts("10.1.2.1/24", "10.1.2.1/16"));
	assert_true(conflicts("10.1.2.1/24", "192.168.1.1/24"));
	assert_false(conflicts("10.1.2.1/24", "fd00::1/64"));
}

static void only_overlapping_ipv6_networks_are_in_the_way(void **state)
{
	(void)state;
	assert_false(conflicts("fd00::1/64", "fd00::1/64"));
	assert_false(conflicts("fd00::1/64", "fd00:1::1/64"));
	assert_true(conflicts("fd00::1/64", "fd00::2/64"));
	assert_true(conflicts("fd00::1/64", "fd00:1::1/16"));
	assert_false(conflicts("fd00::1/64", "10.1.1.1/8"));
}

static void families_are_seen(void **state)
{
	cleanup_result struct result result = { 0 };
	cleanup_gateways struct gateways gateways = { 0 };

	(void)state;
	add_ip(&result, "fd00::5/64", NULL);
	assert_int_equal(gateway_plan(&result, true, false, &gateways, NULL), 0);
	assert_true(gateways_have_family(&gateways, AF_INET6));
	assert_false(gateways_have_family(&gateways, AF_INET));
}

static void add_default(struct result *result, int64_t table, int priority, const char *gateway)
{
	struct route *route = result_add_route(result);

	route->dst.addr.family = AF_INET;
	route->has_table = table >= 0;
	route->table = (__typeof__(route->table))(table >= 0 ? table : 0);
	route->priority = priority;
	if (gateway)
		assert_int_equal(addr_parse(gateway, &route->gw), 0);
}

/* A default of another table, or a lesser one without gateway, is none of the main table. */
static void only_a_default_of_the_main_table_counts(void **state)
{
	static const struct {
		int64_t table;
		int priority;
		const char *gateway;
		size_t routes;
	} rows[] = {
		{ -1, 0, NULL, 1 },	    { 254, 0, NULL, 1 },	 { 0, 0, NULL, 1 },
		{ -1, 100, "10.1.2.9", 1 }, { -1, 100, NULL, 2 },	 { 286, 0, NULL, 2 },
		{ 286, 0, "10.1.2.9", 2 },  { 286, 100, "10.1.2.9", 2 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_result struct result result = { 0 };
		cleanup_gateways struct gateways gateways = { 0 };

		add_ip(&result, "10.1.2.3/24", NULL);
		add_default(&result, rows[i].table, rows[i].priority, rows[i].gateway);
		assert_int_equal(gateway_plan(&result, true, true, &gateways, NULL), 0);
		assert_int_equal(result.route_count, rows[i].routes);
		expect_addr(&result.routes[rows[i].routes - 1].gw,
			    rows[i].gateway && rows[i].routes == 1 ? rows[i].gateway : "10.1.2.1");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_gateway_is_the_first_address),
		cmocka_unit_test(the_same_gateway_is_needed_once),
		cmocka_unit_test(each_family_gets_one_default_route),
		cmocka_unit_test(a_default_route_of_the_ipam_is_completed_and_not_doubled),
		cmocka_unit_test(a_single_address_has_no_room_for_a_gateway),
		cmocka_unit_test(any_other_ipv4_address_is_in_the_way),
		cmocka_unit_test(only_overlapping_ipv6_networks_are_in_the_way),
		cmocka_unit_test(families_are_seen),
		cmocka_unit_test(only_a_default_of_the_main_table_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
