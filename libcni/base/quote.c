/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The escapes of the reference's language. */
#include "base/quote.h"

#include "base/utf8.h"

/* False when the byte needs no escape between such quotes. */
static bool add_escape(struct text *out, unsigned char byte, char quote)
{
	static const char plain[] = "\a\b\f\n\r\t\v\\";
	static const char letters[] = "abfnrtv\\";
	const char *escape = byte ? strchr(plain, byte) : NULL;

	if (escape)
		text_addf(out, "\\%c", letters[escape - plain]);
	else if (byte == (unsigned char)quote)
		text_addf(out, "\\%c", quote);
	else if (byte < 0x20 || byte == 0x7f)
		text_addf(out, "\\x%02x", byte);
	else
		return false;
	return true;
}

void quote_add(struct text *out, const char *s, size_t size)
{
	text_add(out, "\"");
	for (size_t i = 0; i < size; i++)
		if (!add_escape(out, (unsigned char)s[i], '"'))
			text_add_bytes(out, &s[i], 1);
	text_add(out, "\"");
}

void quote_add_byte(struct text *out, unsigned char byte)
{
	bool is_invisible = (byte >= 0x80 && byte <= 0xa0) || byte == 0xad;

	text_add(out, "'");
	if (is_invisible)
		text_addf(out, "\\u%04x", byte);
	else if (!add_escape(out, byte, '\''))
		utf8_add(out, byte);
	text_add(out, "'");
}
