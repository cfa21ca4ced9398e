/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names are found wherever they stand, and the lowest place of several. */
#include "tools/cnitool/roster.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

static void test_an_empty_one_has_nothing(void **state)
{
	cleanup_roster struct roster roster = { 0 };

	(void)state;
	roster_sort(&roster);
	assert_int_equal(roster_find(&roster, ""), -1);
	assert_int_equal(roster_find(&roster, "red"), -1);
}

static void test_the_lowest_place_of_several_counts(void **state)
{
	cleanup_roster struct roster roster = { 0 };

	(void)state;
	roster_add(&roster, "red", 7);
	roster_add(&roster, "blue", 3);
	roster_add(&roster, "red", 2);
	roster_add(&roster, "red", 9);
	roster_sort(&roster);
	assert_int_equal(roster_find(&roster, "red"), 2);
	assert_int_equal(roster_find(&roster, "blue"), 3);
	assert_int_equal(roster_find(&roster, "re"), -1);
	assert_int_equal(roster_find(&roster, "redd"), -1);
	assert_int_equal(roster_find(&roster, ""), -1);
}

static void test_each_of_many_is_found(void **state)
{
	cleanup_roster struct roster roster = { 0 };
	char name[16];

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "c%zu", i * 7919 % 1000);
		roster_add(&roster, name, i * 7919 % 1000);
	}
	roster_sort(&roster);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "c%d", i);
		assert_int_equal(roster_find(&roster, name), i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_one_has_nothing),
		cmocka_unit_test(test_the_lowest_place_of_several_counts),
		cmocka_unit_test(test_each_of_many_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
