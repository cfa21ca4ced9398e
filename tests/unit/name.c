/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types/name.h"

#include "unit.h"

static char *repeat(char *buffer, char c, size_t count)
{
	memset(buffer, c, count);
	buffer[count] = '\0';
	return buffer;
}

static void container_ids_start_with_a_letter_or_digit(void **state)
{
	static const char *const good[] = { "a", "9", "a_.-Z9", "cnitool-0123abc", "A..", "a--" };
	cleanup_error struct cni_error err = { 0 };
	char longest[301];

	(void)state;
	for (size_t i = 0; i < array_size(good); i++)
		assert_int_equal(name_check_container_id(good[i], &err), 0);
	assert_int_equal(name_check_container_id(repeat(longest, 'x', 300), &err), 0);
	assert_false(cni_error_is_set(&err));
}

static void other_container_ids_are_refused_and_named(void **state)
{
	static const char *const bad[] = { "_a", "-a", ".a", "a/b", "a b", "a\n", "\xc3\xa9", "" };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		assert_true(name_check_container_id(bad[i], &err) < 0);
		assert_string_equal(err.details, bad[i]);
		expect_error(&err, 4, "invalid characters in containerID");
	}
}

static void a_network_needs_a_name(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_true(name_check_network(NULL, &err) < 0);
	expect_error(&err, 7, "missing network name");
	assert_true(name_check_network("", &err) < 0);
	expect_error(&err, 7, "missing network name");
}

static void network_names_follow_the_same_rule(void **state)
{
	static const char *const bad[] = { "a b", "-n", "n\n", "a<b>&", "/" };
	cleanup_error struct cni_error err = { 0 };
	char longest[301];

	(void)state;
	assert_int_equal(name_check_network("my-net.0_x", &err), 0);
	assert_int_equal(name_check_network(repeat(longest, 'x', 300), &err), 0);
	for (size_t i = 0; i < array_size(bad); i++) {
		assert_true(name_check_network(bad[i], &err) < 0);
		assert_string_equal(err.details, bad[i]);
		expect_error(&err, 7, "invalid characters found in network name");
	}
}

static void interfaces_may_be_called_nearly_anything(void **state)
{
	static const char *const good[] = {
		"eth0",
		"a",
		"...",
		"eth%d",
		"123456789012345",
		"\xff\xfe",
		"\xc3\xa9\xc3\xa9",
		"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
		"\x85",
		"\xa0",
	};
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < array_size(good); i++)
		assert_int_equal(name_check_ifname(good[i], &err), 0);
}

static void interface_names_have_at_most_15_bytes(void **state)
{
	static const char *const bad[] = {
		"1234567890123456",
		"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
	};
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		assert_true(name_check_ifname(bad[i], &err) < 0);
		assert_string_equal(err.details,
				    "interface name should be less than 16 characters");
		expect_error(&err, 4, "interface name is too long");
	}
}

static void interfaces_are_no_path_elements(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_true(name_check_ifname(".", &err) < 0);
	expect_error(&err, 4, "interface name is . or ..");
	assert_true(name_check_ifname("..", &err) < 0);
	expect_error(&err, 4, "interface name is . or ..");
	assert_true(name_check_ifname("", &err) < 0);
	expect_error(&err, 4, "interface name is empty");
}

static void interface_names_have_no_slash_colon_or_space(void **state)
{
	static const char *const bad[] = {
		"a/b",		"a:b",		"a b",		"a\tb",		"a\n",
		"\v",		"\f",		"\r",		"a\xc2\x85",	"a\xc2\xa0",
		"\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
		"\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xff/",	"\xe2\x80/",
	};
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		assert_true(name_check_ifname(bad[i], &err) < 0);
		expect_error(&err, 4, "interface name contains / or : or whitespace characters");
	}
	assert_int_equal(name_check_ifname("a\xe2\x80\x8b", &err), 0); /* U+200B is no space */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(container_ids_start_with_a_letter_or_digit),
		cmocka_unit_test(other_container_ids_are_refused_and_named),
		cmocka_unit_test(a_network_needs_a_name),
		cmocka_unit_test(network_names_follow_the_same_rule),
		cmocka_unit_test(interfaces_may_be_called_nearly_anything),
		cmocka_unit_test(interface_names_have_at_most_15_bytes),
		cmocka_unit_test(interfaces_are_no_path_elements),
		cmocka_unit_test(interface_names_have_no_slash_colon_or_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
