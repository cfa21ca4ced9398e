/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference's layout of JSON: four blanks a level, and its choice of escapes. */
#include <inttypes.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "base/utf8.h"
#include "types/json.h"

static void new_line(struct json_writer *w)
{
	static const char blanks[] = "\n                                ";

	if (w->compact)
		return;
	if ((size_t)w->depth * 4 < sizeof(blanks) - 1) {
		text_add_bytes(w->out, blanks, 1 + (size_t)w->depth * 4);
		return;
	}
	text_add(w->out, "\n");
	for (unsigned i = 0; i < w->depth; i++)
		text_add(w->out, "    ");
}

static void add_escape(struct text *out, uint32_t c)
{
	static const char plain[] = "\"\\\n\r\t";
	static const char letters[] = "\"\\nrt";
	const char *letter = c && c < 0x80 ? strchr(plain, (int)c) : NULL;

	if (letter)
		text_addf(out, "\\%c", letters[letter - plain]);
	else if (c > 0xffff) /* as a pair of surrogates */
		text_addf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd7c0 + (c >> 10),
			  0xdc00 | (c & 0x3ff));
	else
		text_addf(out, "\\u%04" PRIx32, c);
}

static bool needs_escape(uint32_t c, bool visible)
{
	return c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' ||
	       c == 0x2028 || c == 0x2029 || (visible && !foreign_is_visible(c));
}

/* How many bytes from `s` on need no escape; *ret_character is the one that stopped it. */
static size_t count_plain(const char *s, size_t size, bool visible, uint32_t *ret_character,
			  size_t *ret_length)
{
	size_t i = 0;

	while (i < size) {
		size_t length = utf8_decode(s + i, size - i, ret_character);

		*ret_length = length ? length : 1;
		if (!length || needs_escape(*ret_character, visible))
			return i;
		i += length;
	}
	*ret_length = 0;
	return i;
}

static void add_quoted(struct json_writer *w, const char *s)
{
	struct text *out = w->out;
	size_t size = strlen(s);

	text_add(out, "\"");
	while (size > 0) {
		uint32_t character = 0;
		size_t length;
		size_t plain = count_plain(s, size, w->visible, &character, &length);

		text_add_bytes(out, s, plain);
		if (length)
			add_escape(out, character);
		s += plain + length;
		size -= plain + length;
	}
	text_add(out, "\"");
}

static void begin_item(struct json_writer *w, const char *key)
{
	if (w->has_items)
		text_add(w->out, ",");
	if (w->depth > 0)
		new_line(w);
	w->has_items = true;
	if (!key)
		return;
	add_quoted(w, key);
	text_add(w->out, w->compact ? ":" : ": ");
}

void json_open(struct json_writer *w, const char *key_or_null, char bracket)
{
	begin_item(w, key_or_null);
	text_add_bytes(w->out, &bracket, 1);
	w->depth++;
	w->has_items = false;
}

void json_close(struct json_writer *w, char bracket)
{
	w->depth--;
	if (w->has_items)
		new_line(w);
	text_add_bytes(w->out, &bracket, 1);
	w->has_items = true;
}

void json_string(struct json_writer *w, const char *key_or_null, const char *value)
{
	begin_item(w, key_or_null);
	add_quoted(w, value);
}

void json_integer(struct json_writer *w, const char *key_or_null, long value)
{
	begin_item(w, key_or_null);
	text_addf(w->out, "%ld", value);
}

static void add_word(struct json_writer *w, const char *key, const char *word)
{
	begin_item(w, key);
	text_add(w->out, word);
}

void json_bool(struct json_writer *w, const char *key_or_null, bool value)
{
	add_word(w, key_or_null, value ? "true" : "false");
}

/* A parsed number keeps its text; one that cJSON_CreateNumber() made has none. */
static void add_number(struct json_writer *w, const char *key, const cJSON *number)
{
	char *text;

	if (number->valuestring) {
		add_word(w, key, number->valuestring);
		return;
	}
	text = cJSON_PrintUnformatted(number);
	if (!text)
		out_of_memory();
	add_word(w, key, text);
	cJSON_free(text);
}

/* Calls itself for lists and objects; json_parse() limits how deep they can be. */
void json_value(struct json_writer *w, const char *key_or_null, const cJSON *value)
{
	bool is_object = cJSON_IsObject(value);

	if (cJSON_IsString(value)) {
		json_string(w, key_or_null, value->valuestring);
		return;
	}
	if (cJSON_IsBool(value)) {
		json_bool(w, key_or_null, cJSON_IsTrue(value));
		return;
	}
	if (cJSON_IsNumber(value)) {
		add_number(w, key_or_null, value);
		return;
	}
	if (!is_object && !cJSON_IsArray(value)) {
		add_word(w, key_or_null, "null");
		return;
	}
	json_open(w, key_or_null, is_object ? '{' : '[');
	for (const cJSON *item = value->child; item; item = item->next)
		json_value(w, item->string, item);
	json_close(w, is_object ? '}' : ']');
}
