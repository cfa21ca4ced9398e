/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which byte sequences are characters. */
#include "base/utf8.h"

#include <stdbool.h>

static bool is_surrogate(uint32_t character)
{
	return character >= 0xd800 && character <= 0xdfff;
}

/* The bytes a first byte asks for, and the smallest number that may be written with so many. */
static size_t length_of(uint8_t first, uint32_t *ret_smallest)
{
	*ret_smallest = 0;
	if (first < 0x80)
		return 1;
	*ret_smallest = 0x80;
	if ((first & 0xe0) == 0xc0)
		return 2;
	*ret_smallest = 0x800;
	if ((first & 0xf0) == 0xe0)
		return 3;
	*ret_smallest = 0x10000;
	if ((first & 0xf8) == 0xf0)
		return 4;
	return 0;
}

size_t utf8_decode(const char *s, size_t size, uint32_t *ret)
{
	static const uint8_t first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t character, smallest;
	size_t length;

	*ret = UTF8_REPLACEMENT;
	length = size ? length_of((uint8_t)s[0], &smallest) : 0;
	if (length == 0 || length > size)
		return 0;
	character = (uint8_t)s[0] & first_bits[length];
	for (size_t i = 1; i < length; i++) {
		if (((uint8_t)s[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | ((uint8_t)s[i] & 0x3f);
	}
	if (character < smallest || character > 0x10ffff || is_surrogate(character))
		return 0;
	*ret = character;
	return length;
}

void utf8_add(struct text *text, uint32_t character)
{
	uint32_t c = is_surrogate(character) || character > 0x10ffff ? UTF8_REPLACEMENT : character;
	char bytes[4];
	size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t first_mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = length - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	bytes[0] = (char)(first_mark[length] | c);
	text_add_bytes(text, bytes, length);
}
