/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types/json.h"

#include <errno.h>

#include "unit.h"

/* What a text becomes when it is read and written again. */
static void expect_rewritten(const char *text, const char *expected)
{
	cleanup_json cJSON *json = parse_json(text);
	cleanup_text struct text out = { 0 };
	struct json_writer w = { .out = &out, .compact = true };

	json_value(&w, NULL, json);
	assert_string_equal(out.s, expected);
}

static void valid_texts_keep_their_meaning(void **state)
{
	static const struct {
		const char *text, *compact;
	} rows[] = {
		{ "null", "null" },
		{ " true\n", "true" },
		{ "\t false\r\n", "false" },
		{ "\"\"", "\"\"" },
		{ "{}", "{}" },
		{ "[ ]", "[]" },
		{ "[1 , -0, 0.5, 1e3, 1E+3, -12.5e-7]", "[1,-0,0.5,1e3,1E+3,-12.5e-7]" },
		{ "12345678901234567890", "12345678901234567890" },
		{ "{\"b\":{\"c\":[]},\"a\" : [{}]}", "{\"b\":{\"c\":[]},\"a\":[{}]}" },
		{ "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}" },
		{ "{\"\":null}", "{\"\":null}" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++)
		expect_rewritten(rows[i].text, rows[i].compact);
}

static void escapes_are_decoded(void **state)
{
	static const struct {
		const char *text, *string;
	} rows[] = {
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"a\\u0041\\u00e9\\u20AC\"", "aA\xc3\xa9\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
		{ "\"\\ud83d\"", "\xef\xbf\xbd" },
		{ "\"\\ud83dx\"", "\xef\xbf\xbdx" },
		{ "\"\\ude00\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
					"A" },
		{ "\"\\ud83d\\ue000\"", "\xef\xbf\xbd\xee\x80\x80" },
		{ "\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
		{ "\"\xc3\xa9\x7f\"", "\xc3\xa9\x7f" },
		{ "\"\xff\xc3\"", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\"\xed\xa0\x80\"", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\"\xc0\xaf\xf4\x90\x80\x80\"",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_json cJSON *json = parse_json(rows[i].text);

		assert_string_equal(json->valuestring, rows[i].string);
	}
}

static void ten_megabytes_are_read(void **state)
{
	cleanup_text struct text text = { 0 };
	cleanup_json cJSON *json = NULL;

	(void)state;
	text_add(&text, "{\"a\":\"");
	while (text.len < 10000000)
		text_add(&text, "0123456789\\n\xc3\xa9");
	text_add(&text, "\",\"last\":1}");
	json = parse_json(text.s);
	assert_non_null(json_get(json, "last"));
}

static void keys_match_in_any_case_and_the_last_one_wins(void **state)
{
	cleanup_json cJSON *json = parse_json("{\"cniVersion\":\"1\",\"CNIVERSION\":\"2\","
					      "\"x\":3,\"X\":null,\"n\":null}");
	long number = 0;

	(void)state;
	assert_string_equal(json_get(json, "cniVersion")->valuestring, "2");
	assert_string_equal(json_get_exact(json, "cniVersion")->valuestring, "1");
	assert_true(json_is_integer(json_get(json, "x"), &number));
	assert_int_equal(number, 3);
	assert_null(json_get(json, "n"));
	assert_null(json_get(json, "absent"));
	assert_null(json_get_exact(json, "CniVersion"));
	assert_true(json_has(json, "N"));
	assert_false(json_has(json, "absent"));
}

static void only_objects_have_members(void **state)
{
	cleanup_json cJSON *list = parse_json("[{\"a\":1}]");

	(void)state;
	assert_null(json_get(list, "a"));
	assert_null(json_get(NULL, "a"));
	assert_null(json_get_exact(list->child->child, "a"));
}

static void every_type_has_a_name(void **state)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{ "\"\"", "string" }, { "1", "number" }, { "true", "bool" }, { "false", "bool" },
		{ "{}", "object" },   { "[]", "array" }, { "null", "null" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_json cJSON *json = parse_json(rows[i].text);

		assert_string_equal(json_type_name(json), rows[i].name);
	}
	assert_string_equal(json_type_name(NULL), "null");
}

static void integers_are_written_without_point_and_exponent(void **state)
{
	static const char *const no_integers[] = {
		"1.0", "1e3", "1.5", "\"1\"", "true", "null", "9223372036854775808",
	};
	cleanup_json cJSON *largest = parse_json("9223372036854775807");
	cleanup_json cJSON *zero = parse_json("-0");
	long number = 7;

	(void)state;
	assert_true(json_is_integer(largest, &number));
	assert_true(number == INT64_MAX);
	assert_true(json_is_integer(zero, &number));
	assert_int_equal(number, 0);
	number = 7;
	for (size_t i = 0; i < array_size(no_integers); i++) {
		cleanup_json cJSON *json = parse_json(no_integers[i]);

		assert_false(json_is_integer(json, &number));
	}
	assert_int_equal(number, 7);
}

static void numbers_are_also_kept_as_cjson_keeps_them(void **state)
{
	cleanup_json cJSON *json = parse_json("[1.5,3000000000,-3000000000,42]");

	(void)state;
	assert_true(json->child->valuedouble > 1.4 && json->child->valuedouble < 1.6);
	assert_int_equal(json->child->next->valueint, INT32_MAX);
	assert_int_equal(json->child->next->next->valueint, INT32_MIN);
	assert_int_equal(json->child->next->next->next->valueint, 42);
}

static void the_layout_has_four_blanks_a_level(void **state)
{
	cleanup_text struct text out = { 0 };
	struct json_writer w = { .out = &out };

	(void)state;
	json_open(&w, NULL, '{');
	json_string(&w, "s", "x");
	json_integer(&w, "i", -5);
	json_bool(&w, "b", true);
	json_open(&w, "empty", '[');
	json_close(&w, ']');
	json_open(&w, "list", '[');
	json_open(&w, NULL, '{');
	json_close(&w, '}');
	json_bool(&w, NULL, false);
	json_close(&w, ']');
	json_close(&w, '}');
	assert_string_equal(out.s, "{\n"
				   "    \"s\": \"x\",\n"
				   "    \"i\": -5,\n"
				   "    \"b\": true,\n"
				   "    \"empty\": [],\n"
				   "    \"list\": [\n"
				   "        {},\n"
				   "        false\n"
				   "    ]\n"
				   "}");
}

static void deep_levels_are_indented_too(void **state)
{
	cleanup_text struct text out = { 0 };
	struct json_writer w = { .out = &out };

	(void)state;
	for (int i = 0; i < 12; i++)
		json_open(&w, NULL, '[');
	json_integer(&w, NULL, 1);
	for (int i = 0; i < 12; i++)
		json_close(&w, ']');
	assert_non_null(strstr(out.s, "[\n                                                1\n"));
}

static void strings_are_escaped_as_the_reference_does(void **state)
{
	static const struct {
		const char *string, *written;
	} rows[] = {
		{ "", "\"\"" },
		{ "a/b'c", "\"a/b'c\"" },
		{ "a<b>&c", "\"a\\u003cb\\u003e\\u0026c\"" },
		{ "\"\\\n\r\t", "\"\\\"\\\\\\n\\r\\t\"" },
		{ "\x01\b\f\x1f\x7f", "\"\\u0001\\u0008\\u000c\\u001f\x7f\"" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa7", "\"\\u2028\\u2029\xe2\x80\xa7\"" },
		{ "a\xff\xc3z", "\"a\\ufffd\\ufffdz\"" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_text struct text out = { 0 };
		struct json_writer w = { .out = &out };

		json_string(&w, NULL, rows[i].string);
		assert_string_equal(out.s, rows[i].written);
	}
}

static void trees_of_cjson_are_written_and_read_like_parsed_ones(void **state)
{
	cleanup_json cJSON *tree = cJSON_CreateObject();
	cleanup_text struct text out = { 0 };
	struct json_writer w = { .out = &out, .compact = true };
	long number;

	(void)state;
	assert_non_null(cJSON_AddNumberToObject(tree, "whole", 42));
	assert_non_null(cJSON_AddNumberToObject(tree, "part", 0.5));
	assert_non_null(cJSON_AddStringToObject(tree, "text", "<a>"));
	assert_non_null(cJSON_AddBoolToObject(tree, "yes", true));
	assert_non_null(cJSON_AddNullToObject(tree, "none"));
	json_value(&w, NULL, tree);
	assert_string_equal(out.s, "{\"whole\":42,\"part\":0.5,\"text\":\"\\u003ca\\u003e\","
				   "\"yes\":true,\"none\":null}");
	assert_true(json_is_integer(json_get(tree, "whole"), &number));
	assert_int_equal(number, 42);
	assert_false(json_is_integer(json_get(tree, "part"), &number));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_texts_keep_their_meaning),
		cmocka_unit_test(escapes_are_decoded),
		cmocka_unit_test(ten_megabytes_are_read),
		cmocka_unit_test(keys_match_in_any_case_and_the_last_one_wins),
		cmocka_unit_test(only_objects_have_members),
		cmocka_unit_test(every_type_has_a_name),
		cmocka_unit_test(integers_are_written_without_point_and_exponent),
		cmocka_unit_test(numbers_are_also_kept_as_cjson_keeps_them),
		cmocka_unit_test(the_layout_has_four_blanks_a_level),
		cmocka_unit_test(deep_levels_are_indented_too),
		cmocka_unit_test(strings_are_escaped_as_the_reference_does),
		cmocka_unit_test(trees_of_cjson_are_written_and_read_like_parsed_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
