/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of JSON text: strings, numbers, names. Only for json_parse.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct json_scan {
	const char *at, *end;
	char *why; /* the caller's to free: what is wrong at `at`, once something is */
};

/* The byte at `at`, or -1 at the end. */
static inline int json_scan_peek(const struct json_scan *scan)
{
	return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

static inline void json_scan_blanks(struct json_scan *scan)
{
	while (scan->at < scan->end &&
	       (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
		scan->at++;
}

/* Words the error: the end of the input, or the character at `at` and where it was met. */
void json_scan_fail(struct json_scan *scan, const char *where);

/* `at` is on the opening quote. The decoded string, or NULL after json_scan_fail(). */
char *json_scan_string(struct json_scan *scan) must_check;

/* The number as it is written, or NULL after json_scan_fail(). */
char *json_scan_number(struct json_scan *scan) must_check;

/* True when exactly this word stands here; its first letter is known to. */
bool json_scan_word(struct json_scan *scan, const char *word) must_check;
