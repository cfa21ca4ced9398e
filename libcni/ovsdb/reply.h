/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the results of a transaction say. All is borrowed from the answer, and nothing is taken for
 * granted: what is not of the wanted shape is absent. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "types/json.h"

enum { UUID_TEXT = 37 };

/*
 * The first operation that failed: its place, and *ret_error and *ret_details are what the server
 * says of it (never NULL). A failure of the whole stands behind the operations. -1: none.
 */
int reply_find_failure(const cJSON *answer, const char **ret_error, const char **ret_details);

/* The first row of the select at this place, for `row = row->next`; NULL: there is none. */
const cJSON *reply_rows(const cJSON *answer, int place);

/* A column of text; "" when it is empty, absent or something else. A set gives its first value. */
const char *row_text(const cJSON *row, const char *column);

/* The same for numbers and booleans: false when there is none. */
bool row_integer(const cJSON *row, const char *column, long *ret);
bool row_is_true(const cJSON *row, const char *column);

/* "" unless it is a UUID as the database writes them, or a set that begins with one. */
const char *row_uuid(const cJSON *row, const char *column);

/* The value of a key in a map; "" when it has none. */
const char *row_map_text(const cJSON *row, const char *column, const char *key);

/*
 * The values of a set, for `value = value_next(value)`: of one that the server writes as a single
 * value as well, which has another column behind it.
 */
const cJSON *row_values(const cJSON *row, const char *column);

static inline const cJSON *value_next(const cJSON *value)
{
	return value->string ? NULL : value->next;
}
