/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "types/addr.h"
#include "unit.h"

static void expect_addr(struct addr addr, const char *text)
{
	char buffer[ADDR_TEXT];

	assert_string_equal(addr_print(&addr, buffer), text);
}

static void expect_prefix(struct prefix prefix, const char *text)
{
	char buffer[PREFIX_TEXT];

	assert_string_equal(prefix_print(&prefix, buffer), text);
}

static void prefixes_keep_their_host_bits(void **state)
{
	static const struct {
		const char *text, *printed;
	} rows[] = {
		{ "10.0.0.5/8", "10.0.0.5/8" },
		{ "10.0.0.5/32", "10.0.0.5/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "FD00::5/64", "fd00::5/64" },
		{ "::/0", "::/0" },
		{ "::1/128", "::1/128" },
		{ "10.0.0.0/08", "10.0.0.0/8" },
		{ "::ffff:10.0.0.5/120", "10.0.0.5/24" },
		{ "::ffff:10.0.0.5/96", "10.0.0.5/0" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++)
		expect_prefix(make_prefix(rows[i].text), rows[i].printed);
}

static void other_texts_are_no_prefixes(void **state)
{
	static const char *const bad[] = {
		"",
		"/",
		"/24",
		"10.0.0.1",
		"10.0.0.1/",
		"10.0.0.1/33",
		"10.0.0.1/-1",
		"10.0.0.1/+8",
		"10.0.0.1/8 ",
		"10.0.0.1/8/8",
		"::/129",
		"::/4294967296",
		"010.0.0.1/24",
		"10.0.0.1/0x8",
		"::ffff:10.0.0.5/95",
		"default",
		"fe80::1%lo/64",
		"10.0.0.1/99999999999999999999999999",
		"1234567890123456789012345678901234567890123456789/8",
	};
	struct prefix prefix = { .len = 99 };

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++)
		assert_int_equal(prefix_parse(bad[i], &prefix), -EINVAL);
	assert_int_equal(prefix.len, 99);
}

/* Such an address comes from the kernel, never from a text. */
static void a_mapped_address_prints_as_ipv4(void **state)
{
	struct prefix prefix = {
		.addr = { .family = AF_INET6, .bytes = { [10] = 255, [11] = 255, 10, 0, 0, 5 } },
		.len = 120,
	};

	(void)state;
	expect_prefix(prefix, "10.0.0.5/24");
	prefix.len = 64;
	expect_prefix(prefix, "10.0.0.5/0");
}

static void a_network_has_a_first_and_a_last_address(void **state)
{
	static const struct {
		const char *prefix, *network, *last;
	} rows[] = {
		{ "10.1.2.3/24", "10.1.2.0/24", "10.1.2.255" },
		{ "10.1.2.3/20", "10.1.0.0/20", "10.1.15.255" },
		{ "10.1.2.3/31", "10.1.2.2/31", "10.1.2.3" },
		{ "10.1.2.3/32", "10.1.2.3/32", "10.1.2.3" },
		{ "10.1.2.3/0", "0.0.0.0/0", "255.255.255.255" },
		{ "fd00:1:2:3:4::5/64", "fd00:1:2:3::/64", "fd00:1:2:3:ffff:ffff:ffff:ffff" },
		{ "fd00::ffff/121", "fd00::ff80/121", "fd00::ffff" },
		{ "fd00::5/128", "fd00::5/128", "fd00::5" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct prefix prefix = make_prefix(rows[i].prefix);

		expect_prefix(prefix_network(&prefix), rows[i].network);
		expect_addr(prefix_last(&prefix), rows[i].last);
	}
}

static void masks_are_made_of_leading_ones(void **state)
{
	(void)state;
	expect_addr(prefix_mask(AF_INET, 24), "255.255.255.0");
	expect_addr(prefix_mask(AF_INET, 0), "0.0.0.0");
	expect_addr(prefix_mask(AF_INET, 31), "255.255.255.254");
	expect_addr(prefix_mask(AF_INET, 99), "255.255.255.255");
	expect_addr(prefix_mask(AF_INET6, 65), "ffff:ffff:ffff:ffff:8000::");
	expect_addr(prefix_mask(AF_INET6, 128), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void a_prefix_contains_the_addresses_of_its_network(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool is_inside;
	} rows[] = {
		{ "10.1.2.3/24", "10.1.2.255", true }, { "10.1.2.3/24", "10.1.3.0", false },
		{ "10.1.2.3/23", "10.1.3.0", true },   { "0.0.0.0/0", "1.2.3.4", true },
		{ "0.0.0.0/0", "::", false },	       { "::/0", "0.0.0.0", false },
		{ "fd00::/64", "fd00::1", true },      { "fd00::/64", "fd00:0:0:1::1", false },
		{ "10.0.0.1/32", "10.0.0.1", true },   { "10.0.0.1/32", "10.0.0.0", false },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct prefix prefix = make_prefix(rows[i].prefix);
		struct addr addr = make_addr(rows[i].addr);

		assert_int_equal(prefix_contains(&prefix, &addr), rows[i].is_inside);
	}
}

static void networks_overlap_when_one_contains_the_other(void **state)
{
	static const struct {
		const char *a, *b;
		bool overlaps, is_equal;
	} rows[] = {
		{ "10.0.0.0/8", "10.1.0.0/16", true, false },
		{ "10.0.0.0/16", "10.1.0.0/16", false, false },
		{ "10.1.2.3/24", "10.1.2.9/24", true, false },
		{ "10.1.2.3/24", "10.1.2.3/24", true, true },
		{ "10.1.2.3/24", "10.1.2.3/25", true, false },
		{ "0.0.0.0/0", "::/0", false, false },
		{ "fd00::/64", "fd00::5/128", true, false },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct prefix a = make_prefix(rows[i].a), b = make_prefix(rows[i].b);

		assert_int_equal(prefix_overlaps(&a, &b), rows[i].overlaps);
		assert_int_equal(prefix_overlaps(&b, &a), rows[i].overlaps);
		assert_int_equal(prefix_equal(&a, &b), rows[i].is_equal);
	}
}

static void only_two_prefixes_are_default(void **state)
{
	static const struct {
		const char *prefix;
		bool is_default;
	} rows[] = {
		{ "0.0.0.0/0", true },	 { "::/0", true },    { "0.0.0.0/1", false },
		{ "10.0.0.0/0", false }, { "::/128", false },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct prefix prefix = make_prefix(rows[i].prefix);

		assert_int_equal(prefix_is_default(&prefix), rows[i].is_default);
	}
}

static void a_host_prefix_has_all_bits_of_its_family(void **state)
{
	struct addr ipv4 = make_addr("10.0.0.1"), ipv6 = make_addr("fd00::1");

	(void)state;
	expect_prefix(prefix_host(&ipv4), "10.0.0.1/32");
	expect_prefix(prefix_host(&ipv6), "fd00::1/128");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_keep_their_host_bits),
		cmocka_unit_test(other_texts_are_no_prefixes),
		cmocka_unit_test(a_mapped_address_prints_as_ipv4),
		cmocka_unit_test(a_network_has_a_first_and_a_last_address),
		cmocka_unit_test(masks_are_made_of_leading_ones),
		cmocka_unit_test(a_prefix_contains_the_addresses_of_its_network),
		cmocka_unit_test(networks_overlap_when_one_contains_the_other),
		cmocka_unit_test(only_two_prefixes_are_default),
		cmocka_unit_test(a_host_prefix_has_all_bits_of_its_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
