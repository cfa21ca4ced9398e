/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The alphabet, and what padding means. */
#include "runtime/base64.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const char *bytes, size_t size, struct text *out)
{
	for (size_t i = 0; i < size; i += 3) {
		char group[4] = { '=', '=', '=', '=' };
		uint32_t bits = (uint32_t)(uint8_t)bytes[i] << 16;

		if (i + 1 < size)
			bits |= (uint32_t)(uint8_t)bytes[i + 1] << 8;
		if (i + 2 < size)
			bits |= (uint8_t)bytes[i + 2];
		group[0] = alphabet[bits >> 18];
		group[1] = alphabet[bits >> 12 & 63];
		if (i + 1 < size)
			group[2] = alphabet[bits >> 6 & 63];
		if (i + 2 < size)
			group[3] = alphabet[bits & 63];
		text_add_bytes(out, group, sizeof(group));
	}
}

/* The value of a digit, or -1. */
static int digit_of(char c)
{
	const char *place = c ? strchr(alphabet, c) : NULL;

	return place ? (int)(place - alphabet) : -1;
}

int base64_decode(const char *text, struct text *out)
{
	uint32_t bits = 0;
	unsigned digits = 0, padding = 0;

	for (; *text; text++) {
		int digit = digit_of(*text);

		if (*text == '\n' || *text == '\r')
			continue;
		if (*text == '=' ? digits % 4 < 2 && !padding : digit < 0 || padding)
			return -EINVAL;
		padding += *text == '=';
		bits = bits << 6 | (uint32_t)(digit < 0 ? 0 : digit);
		if (++digits % 4 == 0 && padding < 3) {
			char bytes[] = { (char)(bits >> 16), (char)(bits >> 8), (char)bits };

			text_add_bytes(out, bytes, sizeof(bytes) - padding);
		}
	}
	return digits % 4 || padding > 2 ? -EINVAL : 0;
}
