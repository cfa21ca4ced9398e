/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How values are written on the wire (RFC 7047, section 5.1), and read with suspicion. */
#include "ovsdb/reply.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

static const char *text_of(const cJSON *value)
{
	return cJSON_IsString(value) ? value->valuestring : "";
}

int reply_find_failure(const cJSON *answer, const char **ret_error, const char **ret_details)
{
	int place = 0;

	if (!cJSON_IsArray(answer)) {
		*ret_error = "no list of results";
		*ret_details = "";
		return 0;
	}
	for (const cJSON *result = answer->child; result; result = result->next, place++) {
		const cJSON *error = json_get_exact(result, "error");

		if (!error)
			continue;
		*ret_error = text_of(error);
		*ret_details = text_of(json_get_exact(result, "details"));
		return place;
	}
	return -1;
}

const cJSON *reply_rows(const cJSON *answer, int place)
{
	const cJSON *result = cJSON_IsArray(answer) ? answer->child : NULL;
	const cJSON *rows;

	while (result && place-- > 0)
		result = result->next;
	rows = json_get_exact(result, "rows");
	return cJSON_IsArray(rows) ? rows->child : NULL;
}

/* The payload of ["set", […]] and ["map", […]]; NULL when the value is neither. */
static const cJSON *inside(const cJSON *value, const char *type)
{
	if (!cJSON_IsArray(value) || !value->child || !text_equal(text_of(value->child), type))
		return NULL;
	return cJSON_IsArray(value->child->next) ? value->child->next : NULL;
}

const cJSON *row_values(const cJSON *row, const char *column)
{
	const cJSON *value = json_get_exact(row, column);
	const cJSON *set = inside(value, "set");

	return set ? set->child : value;
}

const char *row_text(const cJSON *row, const char *column)
{
	return text_of(row_values(row, column));
}

bool row_integer(const cJSON *row, const char *column, long *ret)
{
	return json_is_integer(row_values(row, column), ret);
}

bool row_is_true(const cJSON *row, const char *column)
{
	return cJSON_IsTrue(row_values(row, column));
}

static bool is_uuid(const char *text)
{
	static const char pattern[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(pattern) - 1)
		return false;
	for (size_t i = 0; pattern[i]; i++)
		if (pattern[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != '-')
			return false;
	return true;
}

const char *row_uuid(const cJSON *row, const char *column)
{
	const cJSON *value = json_get_exact(row, column);
	const cJSON *set = inside(value, "set");

	if (set)
		value = set->child;
	if (!cJSON_IsArray(value) || !value->child || !value->child->next ||
	    !text_equal(text_of(value->child), "uuid") || !is_uuid(text_of(value->child->next)))
		return "";
	return value->child->next->valuestring;
}

const char *row_map_text(const cJSON *row, const char *column, const char *key)
{
	const cJSON *map = inside(json_get_exact(row, column), "map");

	for (const cJSON *pair = map ? map->child : NULL; pair; pair = pair->next)
		if (cJSON_IsArray(pair) && pair->child && text_equal(text_of(pair->child), key))
			return text_of(pair->child->next);
	return "";
}
