/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON in: a strict parser that fills cJSON's tree, with the lookup rules of the reference
 * (cni-protocol §1.8): keys match in any letter case, the last one that is not null wins, null is
 * absence. JSON out: the reference's layout, byte for byte (§1.9).
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#define cleanup_json cleanup_with(json_release)

static inline void json_release(cJSON **json)
{
	cJSON_Delete(*json);
}

/*
 * Parses one RFC 8259 value: no comment, byte-order mark, trailing comma or text behind it; at most
 * 10,000 levels deep; invalid UTF-8 and lone surrogates become U+FFFD, \u0000 is refused. Numbers
 * keep their text in valuestring. On failure -EINVAL, and *ret_why is a text the caller frees that
 * says what is wrong in the words of the reference's parser ("unexpected end of JSON input",
 * "invalid character 'x' looking for beginning of value"), and behind it where: " (line 3, column
 * 14)". The other functions here also take trees that cJSON's own creators made.
 */
int json_parse(const char *text, size_t size, cJSON **ret, char **ret_why) must_check;

/* The member of an object, or NULL: absent, null, or `object` is NULL or no object. Borrowed. */
const cJSON *json_get(const cJSON *object, const char *key);

/* The same for the exact spelling only. */
const cJSON *json_get_exact(const cJSON *object, const char *key);

/* The exact spelling if it is there, else any letter case. */
const cJSON *json_get_exact_first(const cJSON *object, const char *key);

/* True when the key is there in any letter case, even as null. */
bool json_has(const cJSON *object, const char *key);

/* "string", "number", "bool", "object", "array", "null": for messages. */
const char *json_type_name(const cJSON *value);

/* True when the value is a number written without point and exponent that fits a long. */
bool json_is_integer(const cJSON *value, long *ret);

/*
 * Writes JSON text. The caller calls in document order; commas, indentation (4 blanks a level) and
 * escapes come from here. Empty objects and lists are {} and []. `compact` leaves all blanks out.
 * `visible` escapes what foreign_is_visible() is false for as well: for what people look at in a
 * terminal.
 */
struct json_writer {
	struct text *out;
	unsigned depth;
	bool compact, visible;
	bool has_items; /* the open object or list has an item already */
};

void json_open(struct json_writer *w, const char *key_or_null, char bracket /* '{' or '[' */);
void json_close(struct json_writer *w, char bracket /* '}' or ']' */);
void json_string(struct json_writer *w, const char *key_or_null, const char *value);
void json_integer(struct json_writer *w, const char *key_or_null, long value);
void json_bool(struct json_writer *w, const char *key_or_null, bool value);

/* Any value, members in their order. */
void json_value(struct json_writer *w, const char *key_or_null, const cJSON *value);
