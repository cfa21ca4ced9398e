/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types/version.h"

#include <errno.h>

#include "unit.h"

static void every_version_has_a_shape(void **state)
{
	static const struct {
		const char *version;
		enum version_shape shape;
	} rows[] = {
		{ NULL, SHAPE_0_1 },	  { "", SHAPE_0_1 },	   { "0.1.0", SHAPE_0_1 },
		{ "0.2.0", SHAPE_0_1 },	  { "0.3.0", SHAPE_0_3 },  { "0.3.1", SHAPE_0_3 },
		{ "0.4.0", SHAPE_0_3 },	  { "1.0.0", SHAPE_1_0 },  { "1.1.0", SHAPE_1_0 },
		{ "1.1", SHAPE_NONE },	  { "9.9.9", SHAPE_NONE }, { "abc", SHAPE_NONE },
		{ "1.1.0 ", SHAPE_NONE },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++)
		assert_int_equal(version_shape(rows[i].version), rows[i].shape);
}

static void versions_compare_as_numbers(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} rows[] = {
		{ "0.4.0", "0.4.0", 0 },  { "0.10.0", "0.9.0", 1 }, { "0.3.1", "0.4.0", -1 },
		{ "1", "1.0.0", 0 },	  { "1.1", "1.1.0", 0 },    { "", "0.1.0", 0 },
		{ "0.5.0", "1.1.0", -1 }, { "9.9.9", "1.1.0", 1 },  { "1.0.1", "1.0.0", 1 },
	};
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		int order = 7;

		assert_int_equal(version_compare(rows[i].a, rows[i].b, &order, &err), 0);
		assert_int_equal((order > 0) - (order < 0), rows[i].order);
	}
}

static void versions_that_are_no_numbers_are_refused(void **state)
{
	static const struct {
		const char *version, *msg;
	} rows[] = {
		{ "abc", "failed to convert major version part \"abc\": strconv.Atoi: parsing "
			 "\"abc\": invalid syntax" },
		{ "1.x.0", "failed to convert minor version part \"x\": strconv.Atoi: parsing "
			   "\"x\": invalid syntax" },
		{ "1.0.", "failed to convert micro version part \"\": strconv.Atoi: parsing "
			  "\"\": invalid syntax" },
		{ "1. 0", "failed to convert minor version part \" 0\": strconv.Atoi: parsing "
			  "\" 0\": invalid syntax" },
		{ "99999999999999999999", "failed to convert major version part "
					  "\"99999999999999999999\": strconv.Atoi: parsing "
					  "\"99999999999999999999\": value out of range" },
		{ "1.2.3.4", "invalid version \"1.2.3.4\": too many parts" },
		{ "1.2.3.4.5", "invalid version \"1.2.3.4.5\": too many parts" },
		{ "a.b.c.d", "invalid version \"a.b.c.d\": too many parts" },
	};
	cleanup_error struct cni_error err = { 0 };
	int order = 7;

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		assert_int_equal(version_compare(rows[i].version, "1.0.0", &order, &err), -EINVAL);
		expect_error(&err, 6, rows[i].msg);
	}
	assert_int_equal(version_compare("1.0.0", "abc", &order, &err), -EINVAL);
	assert_int_equal(order, 7);
}

static void support_starts_at_the_lowest_version(void **state)
{
	(void)state;
	assert_true(version_is_supported("0.1.0", "0.1.0"));
	assert_true(version_is_supported("", "0.1.0"));
	assert_true(version_is_supported("1.1.0", "0.4.0"));
	assert_true(version_is_supported("0.4.0", "0.4.0"));
	assert_false(version_is_supported("0.3.1", "0.4.0"));
	assert_false(version_is_supported("", "0.4.0"));
	assert_false(version_is_supported("1.1", "0.1.0"));
	assert_false(version_is_supported("9.9.9", "0.1.0"));
}

static void the_version_answer_is_one_line(void **state)
{
	cleanup_text struct text all = { 0 };
	cleanup_text struct text few = { 0 };

	(void)state;
	version_print("0.1.0", &all);
	assert_string_equal(all.s,
			    "{\"cniVersion\":\"1.1.0\",\"supportedVersions\":[\"0.1.0\","
			    "\"0.2.0\",\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n");
	version_print("0.4.0", &few);
	assert_string_equal(few.s, "{\"cniVersion\":\"1.1.0\",\"supportedVersions\":[\"0.4.0\","
				   "\"1.0.0\",\"1.1.0\"]}\n");
}

static void messages_list_versions_in_two_ways(void **state)
{
	cleanup_text struct text quoted = { 0 };
	cleanup_text struct text plain = { 0 };

	(void)state;
	version_print_quoted("0.1.0", &quoted);
	assert_string_equal(quoted.s, "[\"0.1.0\" \"0.2.0\" \"0.3.0\" \"0.3.1\" \"0.4.0\" "
				      "\"1.0.0\" \"1.1.0\"]");
	version_print_plain("0.4.0", &plain);
	assert_string_equal(plain.s, "0.4.0, 1.0.0, 1.1.0");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_has_a_shape),
		cmocka_unit_test(versions_compare_as_numbers),
		cmocka_unit_test(versions_that_are_no_numbers_are_refused),
		cmocka_unit_test(support_starts_at_the_lowest_version),
		cmocka_unit_test(the_version_answer_is_one_line),
		cmocka_unit_test(messages_list_versions_in_two_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
