/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text that grows, and small questions about texts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

/* Starts as all zero; `s` is NULL while empty and NUL-terminated otherwise (NULs may be inside). */
struct text {
	char *s;
	size_t len;
	size_t room;
};

#define cleanup_text cleanup_with(text_release)

void text_add(struct text *text, const char *s);
void text_add_bytes(struct text *text, const void *bytes, size_t size);
void text_addf(struct text *text, const char *format, ...) printf_like(2, 3);
void text_release(struct text *text);

static inline bool text_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool text_starts_with(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

/* True for NULL and "". */
static inline bool text_is_empty(const char *s)
{
	return !s || !*s;
}
