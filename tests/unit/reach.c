/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which routes an address can take, against the simple way, which asks every route for every
 * address. */
#include "plugins/sbr/reach.h"

#include <stdlib.h>

#include "unit.h"

enum { ROUTES = 40, ADDRESSES = 40, MANY = 3000 };

static struct addr some_addr(unsigned *seed, bool may_be_ipv6)
{
	struct addr addr = make_addr(may_be_ipv6 && rand_r(seed) % 2 ? "fd00::" : "10.0.0.0");

	addr.bytes[3] = (uint8_t)(rand_r(seed) % 16);
	return addr;
}

static struct kernel_route some_route(unsigned *seed)
{
	struct kernel_route route = { .dst = { some_addr(seed, true), 24 } };

	if (rand_r(seed) % 3)
		route.gateway = some_addr(seed, true);
	if (rand_r(seed) % 2)
		route.source = some_addr(seed, route.dst.addr.family == AF_INET6);
	return route;
}

static bool is_near(const struct kernel_route *route, const struct prefix *address)
{
	if (route->dst.addr.family != address->addr.family)
		return false;
	if (!addr_is_set(&route->source) && !addr_is_set(&route->gateway))
		return true;
	return (addr_is_set(&route->source) && prefix_contains(address, &route->source)) ||
	       (addr_is_set(&route->gateway) && prefix_contains(address, &route->gateway));
}

static void expect_choice(const struct kernel_routes *routes, const struct reach *reach,
			  const struct prefix *address)
{
	cleanup_choice struct route_choice choice = reach_of_address(reach, address);
	size_t next = 0;

	for (size_t i = 0; i < routes->count; i++) {
		if (!is_near(&routes->items[i], address))
			continue;
		assert_true(next < choice.count);
		assert_int_equal(choice.items[next++], i);
	}
	assert_int_equal(choice.count, next);
}

static void an_address_takes_the_routes_that_asking_all_finds(void **state)
{
	unsigned seed = 5;

	(void)state;
	for (int round = 0; round < 200; round++) {
		cleanup_routes struct kernel_routes routes = { 0 };
		cleanup_with(reach_release) struct reach reach = { 0 };

		for (int i = 0; i < ROUTES; i++) {
			const struct kernel_route route = some_route(&seed);

			kernel_routes_add(&routes, &route);
		}
		reach_make(&routes, &reach);
		for (int i = 0; i < ADDRESSES; i++) {
			struct prefix address = { some_addr(&seed, true), 0 };

			address.len = (uint8_t)(rand_r(&seed) % 33);
			expect_choice(&routes, &reach, &address);
		}
	}
}

static void a_subnet_has_the_routes_to_it_without_gateway(void **state)
{
	const struct prefix subnet = { make_addr("10.0.0.0"), 24 };
	const struct kernel_route all[] = {
		{ .dst = subnet },
		{ .dst = subnet, .gateway = make_addr("10.0.0.1") },
		{ .dst = { make_addr("10.0.0.0"), 25 } },
		{ .dst = { make_addr("10.0.1.0"), 24 } },
		{ .dst = subnet, .priority = 7 },
	};
	struct kernel_routes routes = { (struct kernel_route *)all, array_size(all) };
	cleanup_with(reach_release) struct reach reach = { 0 };
	cleanup_choice struct route_choice choice = { 0 };

	(void)state;
	reach_make(&routes, &reach);
	choice = reach_of_subnet(&reach, &subnet);
	assert_int_equal(choice.count, 2);
	assert_int_equal(choice.items[0], 0);
	assert_int_equal(choice.items[1], 4);
}

/* Asking every route would be nine million looks; what is looked at is what is found. */
static void many_addresses_with_a_route_each_find_one_each(void **state)
{
	cleanup_routes struct kernel_routes routes = { 0 };
	cleanup_with(reach_release) struct reach reach = { 0 };
	const struct addr first = make_addr("10.0.0.1");
	size_t looks = 0;

	(void)state;
	for (uint64_t i = 0; i < MANY; i++) {
		const struct kernel_route route = { .dst = { make_addr("192.0.2.0"), 24 },
						    .gateway = addr_plus(&first, i * 256) };

		kernel_routes_add(&routes, &route);
	}
	reach_make(&routes, &reach);
	for (uint64_t i = 0; i < MANY; i++) {
		const struct prefix address = { addr_plus(&first, i * 256 + 7), 24 };
		cleanup_choice struct route_choice choice = reach_of_address(&reach, &address);

		looks += choice.count;
		assert_int_equal(choice.items[0], i);
	}
	assert_int_equal(looks, MANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_takes_the_routes_that_asking_all_finds),
		cmocka_unit_test(a_subnet_has_the_routes_to_it_without_gateway),
		cmocka_unit_test(many_addresses_with_a_route_each_find_one_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
