/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/foreign.h"

#include "base/alloc.h"
#include "base/error.h"
#include "types/json.h"
#include "unit.h"

static const struct {
	const char *raw, *shown, *word;
} rows[] = {
	{ "eth0", "eth0", "eth0" },
	{ "", "", "''" },
	{ "/run/netns/red", "/run/netns/red", "/run/netns/red" },
	{ "two words", "two words", "'two words'" },
	{ "$(id)`id`;*~", "$(id)`id`;*~", "'$(id)`id`;*~'" },
	{ "it's", "it's", "$'it\\047s'" },
	{ "a\\b", "a\\\\b", "'a\\b'" },
	{ "'\\x", "'\\\\x", "$'\\047\\134x'" },
	{ "\033]0;x\a", "\\x1b]0;x\\x07", "$'\\033]0;x\\007'" },
	{ "a\nb\t", "a\\x0ab\\x09", "$'a\\012b\\011'" },
	{ "\x7f", "\\x7f", "$'\\177'" },
	/* CSI as one character of C1, and as a byte that is no UTF-8 */
	{ "\xc2\x9b"
	  "1m",
	  "\\u009b1m", "$'\\302\\2331m'" },
	{ "\x9b"
	  "1m",
	  "\\x9b1m", "$'\\2331m'" },
	{ "\xc0\xaf", "\\xc0\\xaf", "$'\\300\\257'" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "$'\\355\\240\\200'" },
	{ "grün", "grün", "'grün'" },
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what must not get through */
	{ "a\u202ethe", "a\\u202ethe", "$'a\\342\\200\\256the'" },
	{ "\u2066x\u2069\u200b\ufeff", "\\u2066x\\u2069\\u200b\\ufeff",
	  "$'\\342\\201\\246x\\342\\201\\251\\342\\200\\213\\357\\273\\277'" },
	{ "\U000e0041", "\\U000e0041", "$'\\363\\240\\201\\201'" },
};

static void names_are_shown_with_what_is_invisible_written_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_free char *shown = foreign(rows[i].raw);

		assert_string_equal(shown, rows[i].shown);
	}
}

static void a_word_is_one_word_for_a_shell(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_free char *word = foreign_word(rows[i].raw);

		assert_string_equal(word, rows[i].word);
	}
}

/* Each byte alone and between letters: the shell gives back what went in. */
static void a_shell_reads_every_word_as_it_was(void **state)
{
	cleanup_text struct text script = { 0 };
	cleanup_free char *command = NULL;

	(void)state;
	for (int c = 1; c < 256; c++) {
		const char alone[] = { (char)c, '\0' };
		const char between[] = { 'a', (char)c, '0', '7', '\0' };

		text_add(&script, "[ \"$(printf %s ");
		foreign_add_word(&script, alone);
		text_addf(&script, " | od -An -tx1 | tr -d ' \\n')\" = %02x ] || exit 1\n", c);
		text_add(&script, "[ \"$(printf %s ");
		foreign_add_word(&script, between);
		text_addf(&script, " | od -An -tx1 | tr -d ' \\n')\" = 61%02x3037 ] || exit 1\n",
			  c);
	}
	command = xasprintf("exec bash <<'END'\n%sEND\n", script.s);
	assert_int_equal(system(command), 0);
}

static void a_message_keeps_its_lines_and_backslashes(void **state)
{
	cleanup_free char *text = foreign_message("one\n\ttwo \\n \033[2J\r");

	(void)state;
	assert_string_equal(text, "one\n\ttwo \\n \\x1b[2J\\x0d");
}

static void a_sentence_is_one_line(void **state)
{
	cleanup_text struct text out = { 0 };

	(void)state;
	foreign_add_line(&out, "link a\n    fix: \\x1b\t");
	assert_string_equal(out.s, "link a\\x0a    fix: \\x1b\\x09");
}

static void an_error_shows_names_that_way(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	(void)cni_fail(&err, CNI_ERR_LINK, 0, "link %s", "\033]0;x\a");
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what must not get through */
	cni_error_details(&err, "remove %s", "\u202e");
	cni_error_prefix(&err, "network %s", "\x9b");
	assert_string_equal(err.msg, "network \\x9b: link \\x1b]0;x\\x07");
	assert_string_equal(err.details, "remove \\u202e");
}

static void json_for_people_escapes_what_is_invisible(void **state)
{
	cleanup_text struct text out = { 0 };
	struct json_writer w = { .out = &out, .compact = true, .visible = true };

	(void)state;
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what must not get through */
	json_string(&w, NULL, "\x7f\xc2\x9b\u202e\U000e0041\u00fc");
	assert_string_equal(out.s, "\"\\u007f\\u009b\\u202e\\udb40\\udc41\u00fc\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_shown_with_what_is_invisible_written_out),
		cmocka_unit_test(a_word_is_one_word_for_a_shell),
		cmocka_unit_test(a_shell_reads_every_word_as_it_was),
		cmocka_unit_test(a_sentence_is_one_line),
		cmocka_unit_test(a_message_keeps_its_lines_and_backslashes),
		cmocka_unit_test(an_error_shows_names_that_way),
		cmocka_unit_test(json_for_people_escapes_what_is_invisible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
