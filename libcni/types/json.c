/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How members are found and what a value is. */
#include "types/json.h"

#include <errno.h>
#include <limits.h>
#include <strings.h>

typedef int compare_keys(const char *a, const char *b);

static const cJSON *find_last(const cJSON *object, const char *key, compare_keys *compare,
			      bool also_null)
{
	const cJSON *found = NULL;

	if (!cJSON_IsObject(object))
		return NULL;
	for (const cJSON *item = object->child; item; item = item->next)
		if ((also_null || !cJSON_IsNull(item)) && compare(item->string, key) == 0)
			found = item;
	return found;
}

const cJSON *json_get(const cJSON *object, const char *key)
{
	return find_last(object, key, strcasecmp, false);
}

const cJSON *json_get_exact(const cJSON *object, const char *key)
{
	return find_last(object, key, strcmp, false);
}

const cJSON *json_get_exact_first(const cJSON *object, const char *key)
{
	const cJSON *exact = json_get_exact(object, key);

	return exact ? exact : json_get(object, key);
}

bool json_has(const cJSON *object, const char *key)
{
	return find_last(object, key, strcasecmp, true);
}

const char *json_type_name(const cJSON *value)
{
	if (cJSON_IsString(value))
		return "string";
	if (cJSON_IsNumber(value))
		return "number";
	if (cJSON_IsBool(value))
		return "bool";
	if (cJSON_IsObject(value))
		return "object";
	if (cJSON_IsArray(value))
		return "array";
	return "null";
}

bool json_is_integer(const cJSON *value, long *ret)
{
	char *end;
	long number;

	if (!cJSON_IsNumber(value))
		return false;
	if (!value->valuestring) { /* of cJSON_CreateNumber() */
		*ret = value->valueint;
		return (double)value->valueint == value->valuedouble;
	}
	errno = 0;
	number = strtol(value->valuestring, &end, 10);
	if (errno || *end)
		return false;
	*ret = number;
	return true;
}
