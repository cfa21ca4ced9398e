/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types/addr.h"

#include <errno.h>

#include "unit.h"

static void expect_addr(struct addr addr, const char *text)
{
	char buffer[ADDR_TEXT];

	assert_string_equal(addr_print(&addr, buffer), text);
}

static void addresses_are_printed_as_rfc_5952_says(void **state)
{
	static const struct {
		const char *text, *printed;
	} rows[] = {
		{ "10.7.0.1", "10.7.0.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "FD00::ABCD", "fd00::abcd" },
		{ "2001:0db8:0:0:0:0:0:1", "2001:db8::1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
		{ "0:0:3:4:5:6:7:8", "::3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
		{ "::102:304", "::102:304" },
		{ "::1.2.3.4", "::102:304" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "::ffff:10.0.0.5", "10.0.0.5" },
		{ "::ffff:a00:5", "10.0.0.5" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++)
		expect_addr(make_addr(rows[i].text), rows[i].printed);
}

static void other_texts_are_no_addresses(void **state)
{
	static const char *const bad[] = {
		"",
		"default",
		"1.2.3",
		"1.2.3.4.5",
		"256.0.0.1",
		"010.0.0.1",
		"1.2.3.4 ",
		" ::1",
		"::1%eth0",
		"1::2::3",
		":1",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"::g",
		"10.0.0.1/24",
		"::ffff:010.0.0.1",
		"12345::",
		"0x7f.1",
		"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255 and more than an address has",
	};
	struct addr addr = { .family = 99 };

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++)
		assert_int_equal(addr_parse(bad[i], &addr), -EINVAL);
	assert_int_equal(addr.family, 99);
}

static void an_ipv4_address_leaves_the_other_bytes_zero(void **state)
{
	static const uint8_t bytes[16] = { 10, 0, 0, 5 };
	struct addr addr = make_addr("::ffff:10.0.0.5");

	(void)state;
	assert_int_equal(addr.family, AF_INET);
	assert_memory_equal(addr.bytes, bytes, 16);
	addr = make_addr("10.0.0.5");
	assert_memory_equal(addr.bytes, bytes, 16);
}

static void no_address_prints_as_nothing(void **state)
{
	(void)state;
	expect_addr((struct addr){ 0 }, "");
	assert_false(addr_is_set(&(struct addr){ 0 }));
	assert_false(addr_is_unspecified(&(struct addr){ 0 }));
}

static int order_of(const char *a, const char *b)
{
	struct addr x = make_addr(a), y = make_addr(b);
	int order = addr_compare(&x, &y);

	assert_int_equal(addr_equal(&x, &y), order == 0);
	return (order > 0) - (order < 0);
}

static void addresses_are_ordered_by_family_and_number(void **state)
{
	(void)state;
	assert_int_equal(order_of("10.0.0.1", "10.0.0.2"), -1);
	assert_int_equal(order_of("10.0.1.0", "10.0.0.255"), 1);
	assert_int_equal(order_of("200.0.0.0", "100.0.0.0"), 1);
	assert_int_equal(order_of("10.0.0.1", "10.0.0.1"), 0);
	assert_int_equal(order_of("255.0.0.0", "::"), -1);
	assert_int_equal(order_of("::", "0.0.0.0"), 1);
	assert_int_equal(order_of("fd00::1", "fd00::1"), 0);
}

static void addition_carries_and_wraps_within_the_family(void **state)
{
	static const struct {
		const char *addr;
		uint64_t n;
		const char *sum;
	} rows[] = {
		{ "10.0.0.1", 0, "10.0.0.1" },
		{ "10.0.0.255", 1, "10.0.1.0" },
		{ "10.255.255.255", 1, "11.0.0.0" },
		{ "10.0.0.0", 0x01020304, "11.2.3.4" },
		{ "255.255.255.255", 1, "0.0.0.0" },
		{ "10.0.0.1", UINT64_C(1) << 32, "10.0.0.1" },
		{ "fd00::ffff:ffff", 1, "fd00::1:0:0" },
		{ "fd00::ffff:ffff:ffff:ffff", 1, "fd00:0:0:1::" },
		{ "::", UINT64_MAX, "::ffff:ffff:ffff:ffff" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 2, "::1" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct addr addr = make_addr(rows[i].addr), sum = make_addr(rows[i].sum);

		expect_addr(addr_plus(&addr, rows[i].n), rows[i].sum);
		sum = addr_minus(&sum, rows[i].n);
		assert_true(addr_equal(&sum, &addr));
	}
}

static void counts_include_both_ends(void **state)
{
	static const struct {
		const char *from, *to;
		uint64_t count;
	} rows[] = {
		{ "10.0.0.1", "10.0.0.1", 1 },
		{ "10.0.0.1", "10.0.1.0", 256 },
		{ "10.0.0.2", "10.0.0.1", 0 },
		{ "0.0.0.0", "255.255.255.255", UINT64_C(1) << 32 },
		{ "10.0.0.1", "::", 0 },
		{ "fd00::", "fd00::ffff", 65536 },
		{ "fd00::ffff:ffff:ffff:ffff", "fd00:0:0:1::", 2 },
		{ "fd00::", "fd00::ffff:ffff:ffff:fffe", UINT64_MAX },
		{ "fd00::", "fd00::ffff:ffff:ffff:fffd", UINT64_MAX - 1 },
		{ "fd00::", "fd00::ffff:ffff:ffff:ffff", UINT64_MAX },
		{ "::", "ffff::", UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct addr from = make_addr(rows[i].from), to = make_addr(rows[i].to);

		assert_true(addr_count(&from, &to) == rows[i].count);
	}
}

static void special_addresses_are_known(void **state)
{
	static const struct {
		const char *addr;
		bool is_loopback, is_unspecified;
	} rows[] = {
		{ "127.0.0.1", true, false },  { "127.255.0.1", true, false },
		{ "126.0.0.1", false, false }, { "::1", true, false },
		{ "::2", false, false },       { "0.0.0.0", false, true },
		{ "::", false, true },	       { "7f00::", false, false },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct addr addr = make_addr(rows[i].addr);

		assert_int_equal(addr_is_loopback(&addr), rows[i].is_loopback);
		assert_int_equal(addr_is_unspecified(&addr), rows[i].is_unspecified);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_printed_as_rfc_5952_says),
		cmocka_unit_test(other_texts_are_no_addresses),
		cmocka_unit_test(an_ipv4_address_leaves_the_other_bytes_zero),
		cmocka_unit_test(no_address_prints_as_nothing),
		cmocka_unit_test(addresses_are_ordered_by_family_and_number),
		cmocka_unit_test(addition_carries_and_wraps_within_the_family),
		cmocka_unit_test(counts_include_both_ends),
		cmocka_unit_test(special_addresses_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
