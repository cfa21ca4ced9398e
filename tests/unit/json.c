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

static const struct {
	const char *text, *why;
} bad_rows[] = {
	{ "", "unexpected end of JSON input" },
	{ " \n", "unexpected end of JSON input" },
	{ "{", "unexpected end of JSON input" },
	{ "[1,", "unexpected end of JSON input" },
	{ "\"abc", "unexpected end of JSON input" },
	{ "\"abc\\", "unexpected end of JSON input" },
	{ "\"\\u12", "unexpected end of JSON input" },
	{ "tru", "unexpected end of JSON input" },
	{ "-", "unexpected end of JSON input" },
	{ "1.", "unexpected end of JSON input" },
	{ "1e", "unexpected end of JSON input" },
	{ "{\"a\"", "unexpected end of JSON input" },
	{ "{\"a\":1", "unexpected end of JSON input" },
	{ "x", "invalid character 'x' looking for beginning of value" },
	{ "\xef\xbb\xbf{}", "invalid character '\xc3\xaf' looking for beginning of value" },
	{ "\x80", "invalid character '\\u0080' looking for beginning of value" },
	{ "'", "invalid character '\\'' looking for beginning of value" },
	{ "\x01", "invalid character '\\x01' looking for beginning of value" },
	{ "// a", "invalid character '/' looking for beginning of value" },
	{ "+1", "invalid character '+' looking for beginning of value" },
	{ ".5", "invalid character '.' looking for beginning of value" },
	{ "NaN", "invalid character 'N' looking for beginning of value" },
	{ "[1,]", "invalid character ']' looking for beginning of value" },
	{ "[,]", "invalid character ',' looking for beginning of value" },
	{ "{\"a\":}", "invalid character '}' looking for beginning of value" },
	{ "{{{", "invalid character '{' looking for beginning of object key string" },
	{ "{a:1}", "invalid character 'a' looking for beginning of object key string" },
	{ "{\"a\":1,}", "invalid character '}' looking for beginning of object key string" },
	{ "{\"a\" 1}", "invalid character '1' after object key" },
	{ "{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair" },
	{ "{\"a\":1]", "invalid character ']' after object key:value pair" },
	{ "[1}", "invalid character '}' after array element" },
	{ "[1 2]", "invalid character '2' after array element" },
	{ "{}{}", "invalid character '{' after top-level value" },
	{ "{}x", "invalid character 'x' after top-level value" },
	{ "{}]", "invalid character ']' after top-level value" },
	{ "1 /* no */", "invalid character '/' after top-level value" },
	{ "01", "invalid character '1' after top-level value" },
	{ "-x", "invalid character 'x' in numeric literal" },
	{ "1.x", "invalid character 'x' after decimal point in numeric literal" },
	{ "1ex", "invalid character 'x' in exponent of numeric literal" },
	{ "1e+x", "invalid character 'x' in exponent of numeric literal" },
	{ "0x1", "invalid character 'x' after top-level value" },
	{ "trUe", "invalid character 'U' in literal true (expecting 'u')" },
	{ "falsy", "invalid character 'y' in literal false (expecting 'e')" },
	{ "nil", "invalid character 'i' in literal null (expecting 'u')" },
	{ "\"a\nb\"", "invalid character '\\n' in string literal" },
	{ "\"a\x1f\"", "invalid character '\\x1f' in string literal" },
	{ "\"\\x\"", "invalid character 'x' in string escape code" },
	{ "\"\\u00g0\"", "invalid character 'g' in \\u hexadecimal character escape" },
	{ "\"\\ud83d\\u00g0\"", "invalid character 'g' in \\u hexadecimal character escape" },
	{ "\"a\\u0000b\"", "\\u0000 inside a string is not supported" },
	{ "{\"a\\u0000\":1}", "\\u0000 inside a string is not supported" },
	{ "[{\"a\":[1,{\"b\":x}]}]", "invalid character 'x' looking for beginning of value" },
};

static void other_texts_are_refused_with_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(bad_rows); i++) {
		cleanup_free char *why = NULL;
		cJSON *json = NULL;

		assert_int_equal(json_parse(bad_rows[i].text, strlen(bad_rows[i].text), &json,
					    &why),
				 -EINVAL);
		assert_null(json);
		assert_string_equal(why, bad_rows[i].why);
	}
}

static void a_nul_byte_is_no_end_and_no_blank(void **state)
{
	cleanup_free char *why = NULL;
	cleanup_free char *inside = NULL;
	cJSON *json = NULL;

	(void)state;
	assert_int_equal(json_parse("{}\0", 3, &json, &why), -EINVAL);
	assert_string_equal(why, "invalid character '\\x00' after top-level value");
	assert_int_equal(json_parse("\"a\0b\"", 5, &json, &inside), -EINVAL);
	assert_string_equal(inside, "invalid character '\\x00' in string literal");
}

static int parse_nested(size_t depth, char **ret_why)
{
	cleanup_json cJSON *json = NULL;
	cleanup_text struct text text = { 0 };

	for (size_t i = 0; i < depth; i++)
		text_add(&text, i % 2 ? "[" : "{\"k\":");
	text_add(&text, "1");
	for (size_t i = depth; i-- > 0;)
		text_add(&text, i % 2 ? "]" : "}");
	return json_parse(text.s, text.len, &json, ret_why);
}

static void nesting_ends_at_10000_levels(void **state)
{
	cleanup_free char *why = NULL;

	(void)state;
	assert_int_equal(parse_nested(10000, &why), 0);
	assert_int_equal(parse_nested(10001, &why), -EINVAL);
	assert_string_equal(why, "invalid character '{' exceeded max depth");
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
		cmocka_unit_test(other_texts_are_refused_with_the_reason),
		cmocka_unit_test(a_nul_byte_is_no_end_and_no_blank),
		cmocka_unit_test(nesting_ends_at_10000_levels),
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
