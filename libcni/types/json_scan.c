/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings with their escapes, numbers, and the words for what is wrong with them. */
#include "types/json_scan.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/quote.h"
#include "base/utf8.h"

void json_scan_fail(struct json_scan *scan, const char *where)
{
	struct text why = { 0 };

	if (scan->at == scan->end) {
		text_add(&why, "unexpected end of JSON input");
	} else {
		text_add(&why, "invalid character ");
		quote_add_byte(&why, (unsigned char)*scan->at);
		text_addf(&why, " %s", where);
	}
	scan->why = why.s;
}

/* Four hex digits; -1 leaves `at` on the one that is none. */
static int32_t read_hex4(struct json_scan *scan)
{
	int32_t number = 0;

	for (int i = 0; i < 4; i++, scan->at++) {
		int digit = hex_digit((char)json_scan_peek(scan));

		if (digit < 0)
			return -1;
		number = number << 4 | digit;
	}
	return number;
}

/* The second half of a pair, if it follows; otherwise nothing is taken. */
static int32_t read_low_surrogate(struct json_scan *scan)
{
	const char *before = scan->at;
	int32_t low;

	if (scan->end - scan->at < 6 || scan->at[0] != '\\' || scan->at[1] != 'u')
		return -1;
	scan->at += 2;
	low = read_hex4(scan);
	if (low >= 0xdc00 && low <= 0xdfff)
		return low;
	scan->at = before;
	return -1;
}

static bool read_unicode_escape(struct json_scan *scan, struct text *out)
{
	int32_t character = read_hex4(scan);
	int32_t low;

	if (character < 0) {
		json_scan_fail(scan, "in \\u hexadecimal character escape");
		return false;
	}
	if (character == 0) { /* C strings end there; silently shorter would be worse */
		scan->why = xstrdup("\\u0000 inside a string is not supported");
		return false;
	}
	if (character >= 0xd800 && character <= 0xdbff) {
		low = read_low_surrogate(scan);
		if (low >= 0)
			character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
	}
	utf8_add(out, (uint32_t)character);
	return true;
}

static bool read_escape(struct json_scan *scan, struct text *out)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	int c = json_scan_peek(scan);
	const char *letter = c > 0 ? strchr(letters, c) : NULL;

	if (c == 'u') {
		scan->at++;
		return read_unicode_escape(scan, out);
	}
	if (!letter) {
		json_scan_fail(scan, "in string escape code");
		return false;
	}
	text_add_bytes(out, &meanings[letter - letters], 1);
	scan->at++;
	return true;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static const char *skip_plain(struct json_scan *scan)
{
	const char *start = scan->at;

	while (scan->at < scan->end && is_plain((unsigned char)*scan->at))
		scan->at++;
	return start;
}

/* One character that is not plain ASCII; false after json_scan_fail(). */
static bool read_special(struct json_scan *scan, struct text *out)
{
	int c = json_scan_peek(scan);
	uint32_t character;
	size_t length;

	if (c == '\\') {
		scan->at++;
		return read_escape(scan, out);
	}
	if (c < 0x80) {
		json_scan_fail(scan, "in string literal");
		return false;
	}
	length = utf8_decode(scan->at, (size_t)(scan->end - scan->at), &character);
	utf8_add(out, character);
	scan->at += length ? length : 1;
	return true;
}

char *json_scan_string(struct json_scan *scan)
{
	cleanup_text struct text out = { 0 };
	const char *start;

	scan->at++;
	start = skip_plain(scan);
	if (json_scan_peek(scan) == '"')
		return xstrndup(start, (size_t)(scan->at++ - start));
	for (;;) {
		text_add_bytes(&out, start, (size_t)(scan->at - start));
		if (json_scan_peek(scan) == '"')
			break;
		if (!read_special(scan, &out))
			return NULL;
		start = skip_plain(scan);
	}
	scan->at++;
	return steal(&out.s);
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* One digit or more. */
static bool read_digits(struct json_scan *scan, const char *where)
{
	if (!is_digit(json_scan_peek(scan))) {
		json_scan_fail(scan, where);
		return false;
	}
	while (is_digit(json_scan_peek(scan)))
		scan->at++;
	return true;
}

static bool read_exponent(struct json_scan *scan)
{
	scan->at++;
	if (json_scan_peek(scan) == '+' || json_scan_peek(scan) == '-')
		scan->at++;
	return read_digits(scan, "in exponent of numeric literal");
}

char *json_scan_number(struct json_scan *scan)
{
	const char *start = scan->at;

	if (json_scan_peek(scan) == '-')
		scan->at++;
	if (json_scan_peek(scan) == '0')
		scan->at++; /* nothing may follow a leading zero but a point or an exponent */
	else if (!read_digits(scan, "in numeric literal"))
		return NULL;
	if (json_scan_peek(scan) == '.') {
		scan->at++;
		if (!read_digits(scan, "after decimal point in numeric literal"))
			return NULL;
	}
	if ((json_scan_peek(scan) | 0x20) == 'e' && !read_exponent(scan))
		return NULL;
	return xstrndup(start, (size_t)(scan->at - start));
}

bool json_scan_word(struct json_scan *scan, const char *word)
{
	char where[sizeof("in literal false (expecting 'x')")];

	for (const char *next = word; *next; next++, scan->at++) {
		if (json_scan_peek(scan) == *next)
			continue;
		(void)snprintf(where, sizeof(where), "in literal %s (expecting '%c')", word, *next);
		json_scan_fail(scan, where);
		return false;
	}
	return true;
}
