/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/cache.h"

#include "runtime/base64.h"
#include "runtime/canon.h"

#include "unit.h"

static void base64_goes_both_ways(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },	   { "f", "Zg==" },	     { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd", "//79" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		cleanup_text struct text out = { 0 };
		cleanup_text struct text back = { 0 };

		base64_encode(cases[i][0], strlen(cases[i][0]), &out);
		assert_string_equal(out.s ? out.s : "", cases[i][1]);
		assert_int_equal(base64_decode(cases[i][1], &back), 0);
		assert_string_equal(back.s ? back.s : "", cases[i][0]);
	}
}

static void what_is_no_base64_is_refused(void **state)
{
	static const char *const bad[] = { "Z", "Zg",	"Zg=",	 "Zg=x",
					   "=", "Z===", "Zm9v!", "Zg==Zg==" };

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		cleanup_text struct text out = { 0 };

		assert_true(base64_decode(bad[i], &out) < 0);
	}
}

static void numbers_are_written_like_the_reference_s_doubles(void **state)
{
	static const char *const cases[][2] = {
		{ "1.0", "1" },
		{ "1.50", "1.5" },
		{ "12345678901234567890", "12345678901234567000" },
		{ "1e-7", "1e-7" },
		{ "0.000001", "0.000001" },
		{ "1e21", "1e+21" },
		{ "444444144444444442e-2", "4444441444444444.5" },
		{ "9007199254740991", "9007199254740991" },
		{ "9007199254740993", "9007199254740992" },
		{ "1e20", "100000000000000000000" },
		{ "-0.0", "-0" },
		{ "0.1", "0.1" },
		{ "123456789.125", "123456789.125" },
		{ "1e3", "1000" },
		{ "-1.25e-10", "-1.25e-10" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		cleanup_json cJSON *json = parse_json(cases[i][0]);
		cleanup_text struct text out = { 0 };
		struct json_writer w = { .out = &out, .compact = true };

		canon_value(&w, NULL, json);
		assert_string_equal(out.s, cases[i][1]);
	}
}

static void members_are_sorted_and_the_last_of_equal_ones_counts(void **state)
{
	cleanup_json cJSON *json = parse_json(
		"{\"b\":1,\"a\":[{\"z\":1,\"y\":null}],\"b\":2,\"B\":3}");
	cleanup_text struct text out = { 0 };
	struct json_writer w = { .out = &out, .compact = true };

	(void)state;
	canon_value(&w, NULL, json);
	assert_string_equal(out.s, "{\"B\":3,\"a\":[{\"y\":null,\"z\":1}],\"b\":2}");
}

static void a_file_of_the_cache_is_read(void **state)
{
	static const char text[] =
		"{\"kind\":\"cniCacheV1\",\"containerId\":\"c\",\"config\":\"e30=\",\"ifName\":"
		"\"eth0\","
		"\"networkName\":\"n\",\"netns\":\"/x\",\"cniArgs\":[[\"A\",\"1\"]],"
		"\"capabilityArgs\":{\"mac\":\"m\"},\"result\":{\"cniVersion\":\"1.0.0\"}}";
	cleanup_cached struct cached cached = { 0 };
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(cached_parse(text, strlen(text), &cached), 0);
	assert_string_equal(cached.network, "n");
	assert_string_equal(cached.container_id, "c");
	assert_string_equal(cached.netns, "/x");
	assert_string_equal(cached.config.s, "{}");
	assert_string_equal(cached.args.items[0].value, "1");
	assert_non_null(cached.capabilities);
	assert_int_equal(cached_result(&cached, &result, &err), 0);
}

static void a_file_that_makes_no_sense_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{",
		"{\"kind\":\"cniCacheV1\",\"config\":\"!\"}",
		"{\"kind\":\"cniCacheV1\",\"cniArgs\":[[\"A\"]]}",
	};

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		cleanup_cached struct cached cached = { 0 };

		assert_true(cached_parse(bad[i], strlen(bad[i]), &cached) < 0);
	}
}

static void arguments_are_pairs(void **state)
{
	static const char *const bad[][2] = {
		{ "A", "invalid CNI_ARGS pair \"A\"" },
		{ "A=", "invalid CNI_ARGS pair \"A=\"" },
		{ "=1", "invalid CNI_ARGS pair \"=1\"" },
		{ "A=1;", "invalid CNI_ARGS pair \"\"" },
		{ "A=1;;B=2", "invalid CNI_ARGS pair \"\"" },
		{ "A=1=2", "invalid CNI_ARGS pair \"A=1=2\"" },
	};
	cleanup_container_args struct container_args args = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *text = NULL;

	(void)state;
	assert_int_equal(container_args_parse("A=1;B=two", &args, &err), 0);
	assert_int_equal(args.count, 2);
	text = container_args_print(&args);
	assert_string_equal(text, "A=1;B=two");
	for (size_t i = 0; i < array_size(bad); i++) {
		cleanup_container_args struct container_args none = { 0 };

		assert_true(container_args_parse(bad[i][0], &none, &err) < 0);
		expect_error(&err, 999, bad[i][1]);
	}
}

static void a_container_is_called_after_its_namespace(void **state)
{
	cleanup_free char *id = container_id_of("/y/z");

	(void)state;
	assert_string_equal(id, "cnitool-c29e4b9230f9c0e508e4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_goes_both_ways),
		cmocka_unit_test(what_is_no_base64_is_refused),
		cmocka_unit_test(numbers_are_written_like_the_reference_s_doubles),
		cmocka_unit_test(members_are_sorted_and_the_last_of_equal_ones_counts),
		cmocka_unit_test(a_file_of_the_cache_is_read),
		cmocka_unit_test(a_file_that_makes_no_sense_is_refused),
		cmocka_unit_test(arguments_are_pairs),
		cmocka_unit_test(a_container_is_called_after_its_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
