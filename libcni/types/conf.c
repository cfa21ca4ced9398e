/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a table of keys says about an object, and the words for what does not fit. */
#include "types/conf.h"

#include <limits.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "types/json.h"

static const char *const type_names[] = {
	[CONF_TYPE_STRING] = "string", [CONF_TYPE_BOOL] = "bool",     [CONF_TYPE_INT] = "int",
	[CONF_TYPE_LONG] = "int64",    [CONF_TYPE_OBJECT] = "object", [CONF_TYPE_LIST] = "array",
	[CONF_TYPE_STRINGS] = "array",
};

int conf_fail_type(struct cni_error *err, const char *where, const cJSON *value, const char *wanted)
{
	bool is_number = cJSON_IsNumber(value);

	return cni_fail(err, CNI_ERR_INTERNAL, 0,
			"json: cannot unmarshal %s%s%s into %s%s of type %s", json_type_name(value),
			is_number ? " " : "", is_number ? value->valuestring : "",
			*where ? "field " : "a value", where, wanted);
}

static bool fits_type(const cJSON *value, enum conf_type type)
{
	switch (type) {
	case CONF_TYPE_STRING:
		return cJSON_IsString(value);
	case CONF_TYPE_BOOL:
		return cJSON_IsBool(value);
	case CONF_TYPE_INT:
	case CONF_TYPE_LONG:
		return json_is_integer(value, &(long){ 0 });
	case CONF_TYPE_OBJECT:
		return cJSON_IsObject(value);
	case CONF_TYPE_LIST:
	case CONF_TYPE_STRINGS:
	default:
		return cJSON_IsArray(value);
	}
}

/* The first item that is neither a string nor null. */
static const cJSON *find_no_string(const cJSON *list, unsigned *ret_index)
{
	*ret_index = 0;
	for (const cJSON *item = list->child; item; item = item->next, ++*ret_index)
		if (!cJSON_IsString(item) && !cJSON_IsNull(item))
			return item;
	return NULL;
}

static void limits_of(const struct conf_key *key, long *ret_min, long *ret_max)
{
	bool is_limited = key->min <= key->max;

	*ret_min = is_limited ? key->min : key->type == CONF_TYPE_LONG ? LONG_MIN : INT_MIN;
	*ret_max = is_limited ? key->max : key->type == CONF_TYPE_LONG ? LONG_MAX : INT_MAX;
}

static bool fits(const cJSON *value, const struct conf_key *key)
{
	long number = 0, min, max;

	if (!fits_type(value, key->type))
		return false;
	if (key->type == CONF_TYPE_STRINGS)
		return !find_no_string(value, &(unsigned){ 0 });
	limits_of(key, &min, &max);
	return (key->type != CONF_TYPE_INT && key->type != CONF_TYPE_LONG) ||
	       (json_is_integer(value, &number) && number >= min && number <= max);
}

static int fail_key(const cJSON *value, const struct conf_key *key, const char *where,
		    struct cni_error *err)
{
	cleanup_free char *path = xasprintf("%s%s%s", where, *where ? "." : "", key->key);
	cleanup_free char *item_path = NULL;
	long number = 0, min, max;
	unsigned i;

	if (!fits_type(value, key->type))
		return conf_fail_type(err, path, value, type_names[key->type]);
	if (key->type == CONF_TYPE_STRINGS) {
		value = find_no_string(value, &i);
		item_path = xasprintf("%s[%u]", path, i);
		return conf_fail_type(err, item_path, value, "string");
	}
	limits_of(key, &min, &max);
	(void)json_is_integer(value, &number); /* it is one: only the range is left */
	return cni_fail(err, CNI_ERR_CONFIG, 0, "%s: %ld is %s %ld", path, number,
			number < min ? "below" : "above", number < min ? min : max);
}

static void store(const cJSON *value, const struct conf_key *key, void *into)
{
	void *member = (char *)into + key->offset;
	long number = key->number;

	switch (key->type) {
	case CONF_TYPE_STRING:
		*(const char **)member = value ? value->valuestring : key->string;
		break;
	case CONF_TYPE_BOOL:
		*(bool *)member = value ? cJSON_IsTrue(value) : key->number;
		break;
	case CONF_TYPE_INT:
		(void)json_is_integer(value, &number); /* otherwise the default stays */
		*(int *)member = (int)number;
		break;
	case CONF_TYPE_LONG:
		(void)json_is_integer(value, &number); /* the same */
		*(long *)member = number;
		break;
	case CONF_TYPE_OBJECT:
	case CONF_TYPE_LIST:
	case CONF_TYPE_STRINGS:
		*(const cJSON **)member = value;
		break;
	}
}

static bool is_object_or_absent(const cJSON *object)
{
	return !object || cJSON_IsObject(object) || cJSON_IsNull(object);
}

int conf_read(const cJSON *object, const struct conf_key *keys, size_t count, const char *where,
	      void *into, struct cni_error *err)
{
	cleanup_free const cJSON **values = xcalloc(count, sizeof(const cJSON *));

	if (!is_object_or_absent(object))
		return conf_fail_type(err, where, object, "object");
	for (size_t i = 0; i < count; i++) {
		values[i] = keys[i].exact_first ? json_get_exact_first(object, keys[i].key)
						: json_get(object, keys[i].key);
		if (values[i] && !fits(values[i], &keys[i]))
			return fail_key(values[i], &keys[i], where, err);
	}
	for (size_t i = 0; i < count; i++)
		store(values[i], &keys[i], into);
	return 0;
}

void conf_read_lenient(const cJSON *object, const struct conf_key *keys, size_t count,
		       const char *where, void *into)
{
	cleanup_error struct cni_error err = { 0 };

	if (!is_object_or_absent(object)) {
		(void)conf_fail_type(&err, where, object, "object");
		cni_error_ignore(&err);
		object = NULL;
	}
	for (size_t i = 0; i < count; i++) {
		const cJSON *value = json_get(object, keys[i].key);

		if (value && !fits(value, &keys[i])) {
			(void)fail_key(value, &keys[i], where, &err);
			cni_error_ignore(&err);
			value = NULL;
		}
		store(value, &keys[i], into);
	}
}
