/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/quote.h"

#include "unit.h"

static void expect(const char *bytes, size_t size, const char *quoted)
{
	cleanup_text struct text out = { 0 };

	quote_add(&out, bytes, size);
	assert_string_equal(out.s, quoted);
}

static void texts_are_quoted_as_the_reference_does_it(void **state)
{
	(void)state;
	expect("", 0, "\"\"");
	expect("plain 'text'", 12, "\"plain 'text'\"");
	expect("\a\b\f\n\r\t\v", 7, "\"\\a\\b\\f\\n\\r\\t\\v\"");
	expect("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
	expect("\0\x1b\x7f", 3, "\"\\x00\\x1b\\x7f\"");
	expect("\xc3\xa9", 2, "\"\xc3\xa9\"");
}

static void a_byte_stands_for_a_character(void **state)
{
	static const struct {
		unsigned char byte;
		const char *quoted;
	} cases[] = {
		{ 'x', "'x'" },	       { '"', "'\"'" },	      { '\'', "'\\''" },
		{ '\n', "'\\n'" },     { 0, "'\\x00'" },      { 0x7f, "'\\x7f'" },
		{ 0x85, "'\\u0085'" }, { 0xad, "'\\u00ad'" }, { 0xe9, "'\xc3\xa9'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_text struct text out = { 0 };

		quote_add_byte(&out, cases[i].byte);
		assert_string_equal(out.s, cases[i].quoted);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_quoted_as_the_reference_does_it),
		cmocka_unit_test(a_byte_stands_for_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
