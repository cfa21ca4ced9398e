/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is no JSON, why, and where. */
#include "types/json.h"

#include <errno.h>

#include "unit.h"

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

/* The reason, and behind it the place, unless there is no text. */
static void expect_why(const char *why, const char *reason, size_t text_size)
{
	size_t size = strlen(reason);

	if (strncmp(why, reason, size) != 0 ||
	    (text_size && strncmp(why + size, " (line ", 7) != 0) || (!text_size && why[size]))
		fail_msg("%s instead of %s", why, reason);
}

static void the_place_is_that_of_an_editor(void **state)
{
	static const struct {
		const char *text, *place;
	} rows[] = {
		{ "x", "(line 1, column 1)" },
		{ "{\n  \"a\": 1\n  \"b\": 2\n}\n", "(line 3, column 3)" },
		{ "{\"\xc3\xa4\xf0\x9f\x98\x80\": x}", "(line 1, column 8)" },
		{ "{\n", "(line 2, column 1)" },
		{ "[1,\r\n2,]", "(line 2, column 3)" },
		{ "[\"\\x\"]", "(line 1, column 4)" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_free char *why = NULL;
		cJSON *json = NULL;

		assert_int_equal(json_parse(rows[i].text, strlen(rows[i].text), &json, &why),
				 -EINVAL);
		assert_string_equal(strchr(why, '(') ? strrchr(why, '(') : why, rows[i].place);
	}
}

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
		expect_why(why, bad_rows[i].why, strlen(bad_rows[i].text));
	}
}

static void a_nul_byte_is_no_end_and_no_blank(void **state)
{
	cleanup_free char *why = NULL;
	cleanup_free char *inside = NULL;
	cJSON *json = NULL;

	(void)state;
	assert_int_equal(json_parse("{}\0", 3, &json, &why), -EINVAL);
	expect_why(why, "invalid character '\\x00' after top-level value", 3);
	assert_int_equal(json_parse("\"a\0b\"", 5, &json, &inside), -EINVAL);
	expect_why(inside, "invalid character '\\x00' in string literal", 5);
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
	expect_why(why, "invalid character '{' exceeded max depth", 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_place_is_that_of_an_editor),
		cmocka_unit_test(other_texts_are_refused_with_the_reason),
		cmocka_unit_test(a_nul_byte_is_no_end_and_no_blank),
		cmocka_unit_test(nesting_ends_at_10000_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
