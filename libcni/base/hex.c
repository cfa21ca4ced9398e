/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows hex digits. */
#include "base/hex.h"

#include <errno.h>

#include "base/alloc.h"

static const char digits[] = "0123456789abcdef";

void hex_add(struct text *out, const void *bytes, size_t size)
{
	const uint8_t *next = bytes;

	for (size_t i = 0; i < size; i++) {
		const char two[2] = { digits[next[i] >> 4], digits[next[i] & 15] };

		text_add_bytes(out, two, sizeof(two));
	}
}

int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

int hex_parse(const char *text, uint8_t **ret, size_t *ret_size)
{
	const size_t size = strlen(text);
	cleanup_free uint8_t *bytes = NULL;

	if (size % 2)
		return -EINVAL;
	if (size)
		bytes = xmalloc(size / 2);
	for (size_t i = 0; i < size / 2; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret = steal(&bytes);
	*ret_size = size / 2;
	return 0;
}
