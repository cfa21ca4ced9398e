/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what a name of a domain may look like. */
#include "dhcp/search.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

enum { NAME_MOST = 253, LABEL_MOST = 63, POINTER = 0xc0 };

static bool is_of_name(uint8_t c)
{
	return isascii(c) && (isalnum(c) || c == '-' || c == '_');
}

char *search_name(const uint8_t *bytes, size_t size)
{
	while (size && (bytes[size - 1] == '\0' || bytes[size - 1] == '.'))
		size--; /* some servers count the end of their string */
	if (!size || size > NAME_MOST || *bytes == '.')
		return NULL;
	for (size_t i = 0; i < size; i++)
		if (!is_of_name(bytes[i]) && bytes[i] != '.')
			return NULL;
	return xstrndup((const char *)bytes, size);
}

/*
 * Adds the labels from *at on to `name`; *at is behind them then. Pointers lead back only, so that
 * they end. 0, or -1 when it is malformed.
 */
static int read_labels(const uint8_t *bytes, size_t size, size_t *at, struct text *name)
{
	size_t next = *at, lowest = *at;
	bool is_behind = true;

	while (next < size && bytes[next]) {
		const uint8_t length = bytes[next];

		if ((length & POINTER) == POINTER) {
			if (next + 2 > size)
				return -1;
			if (is_behind)
				*at = next + 2;
			is_behind = false;
			next = (size_t)(length & ~POINTER) << 8 | bytes[next + 1];
			if (next >= lowest)
				return -1;
			lowest = next;
			continue;
		}
		if (length > LABEL_MOST || next + 1 + length > size ||
		    name->len + length + 1 > NAME_MOST)
			return -1;
		if (name->len)
			text_add(name, ".");
		text_add_bytes(name, bytes + next + 1, length);
		next += 1 + (size_t)length;
	}
	if (next >= size)
		return -1;
	if (is_behind)
		*at = next + 1;
	return 0;
}

void search_list(const uint8_t *bytes, size_t size, struct strings *into)
{
	for (size_t at = 0; at < size && into->count < SEARCH_NAMES_MOST;) {
		cleanup_text struct text labels = { 0 };
		cleanup_free char *name = NULL;

		if (read_labels(bytes, size, &at, &labels) < 0)
			return;
		if (labels.len)
			name = search_name((const uint8_t *)labels.s, labels.len);
		if (name)
			strings_add(into, name);
	}
}
