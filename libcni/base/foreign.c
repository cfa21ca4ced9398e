/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which characters are shown as they are. */
#include "base/foreign.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/utf8.h"

/*
 * Unicode's controls (C0, C1), its format characters as far as they turn, hide or join text
 * (general category Cf), and its separators of lines and paragraphs.
 */
static const struct {
	uint32_t first, last;
} invisible[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x00ad, 0x00ad },	  { 0x034f, 0x034f },
	{ 0x061c, 0x061c },   { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },	  { 0x180b, 0x180f },
	{ 0x200b, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f },	  { 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },	  { 0xfff0, 0xfffb },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

bool foreign_is_visible(uint32_t character)
{
	for (size_t i = 0; i < array_size(invisible); i++)
		if (character >= invisible[i].first && character <= invisible[i].last)
			return false;
	return true;
}

enum form { NAME, LINE, MESSAGE };

static void add_escaped(struct text *out, const char *bytes, size_t length, uint32_t character)
{
	if (length <= 1)
		text_addf(out, "\\x%02x", (uint8_t)*bytes);
	else if (character > 0xffff)
		text_addf(out, "\\U%08" PRIx32, character);
	else
		text_addf(out, "\\u%04" PRIx32, character);
}

static void add(struct text *out, const char *s, enum form form)
{
	size_t size = strlen(s);

	text_add(out, ""); /* a text, also of nothing */
	for (size_t i = 0; i < size;) {
		uint32_t character;
		size_t length = utf8_decode(s + i, size - i, &character);

		if (form == NAME && s[i] == '\\')
			text_add(out, "\\\\");
		else if (length && (foreign_is_visible(character) ||
				    (form == MESSAGE && (s[i] == '\n' || s[i] == '\t'))))
			text_add_bytes(out, s + i, length);
		else
			add_escaped(out, s + i, length, character);
		i += length ? length : 1;
	}
}

void foreign_add(struct text *out, const char *name)
{
	add(out, name, NAME);
}

void foreign_add_message(struct text *out, const char *message)
{
	add(out, message, MESSAGE);
}

void foreign_add_line(struct text *out, const char *sentence)
{
	add(out, sentence, LINE);
}

/* What no shell reads as anything but itself, also at the start of a word. */
static bool is_plain_word(const char *name)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,";

	return *name && strspn(name, plain) == strlen(name);
}

static bool is_all_visible(const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < size;) {
		uint32_t character;
		size_t length = utf8_decode(name + i, size - i, &character);

		if (!length || !foreign_is_visible(character))
			return false;
		i += length;
	}
	return true;
}

static void add_octal(struct text *out, const char *name)
{
	text_add(out, "$'");
	for (; *name; name++) {
		if (*name > ' ' && *name < 0x7f && *name != '\'' && *name != '\\')
			text_add_bytes(out, name, 1);
		else
			text_addf(out, "\\%03o", (uint8_t)*name);
	}
	text_add(out, "'");
}

void foreign_add_word(struct text *out, const char *name)
{
	if (is_plain_word(name))
		text_add(out, name);
	else if (is_all_visible(name) && !strchr(name, '\''))
		text_addf(out, "'%s'", name);
	else
		add_octal(out, name);
}

static char *made_by(void (*fill)(struct text *out, const char *words), const char *words)
{
	struct text text = { 0 };

	fill(&text, words);
	return text.s ? text.s : xstrdup("");
}

char *foreign(const char *name)
{
	return made_by(foreign_add, name);
}

char *foreign_line(const char *sentence)
{
	return made_by(foreign_add_line, sentence);
}

char *foreign_message(const char *message)
{
	return made_by(foreign_add_message, message);
}

char *foreign_word(const char *name)
{
	return made_by(foreign_add_word, name);
}
