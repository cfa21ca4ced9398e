/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a map of the reference is written. */
#include "runtime/canon.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static double read_double(const cJSON *number)
{
	return number->valuestring ? strtod(number->valuestring, NULL) : number->valuedouble;
}

/* The first number, in the order of the text, that no double holds; NULL: none. */
static const cJSON *find_too_large(const cJSON *value)
{
	const cJSON *found = NULL;

	if (cJSON_IsNumber(value))
		return isinf(read_double(value)) ? value : NULL;
	for (const cJSON *item = value->child; item && !found; item = item->next)
		found = find_too_large(item);
	return found;
}

int canon_parse(const char *bytes, size_t size, cJSON **ret, char **why)
{
	cleanup_json cJSON *json = NULL;
	const cJSON *large;
	int r = json_parse(bytes, size, &json, why);

	if (r < 0)
		return r;
	large = find_too_large(json);
	if (large) {
		*why = xasprintf("json: cannot unmarshal number %s into Go value of type float64",
				 large->valuestring);
		return -EINVAL;
	}
	*ret = steal(&json);
	return 0;
}

const cJSON *canon_find(const cJSON *object, const char *key)
{
	const cJSON *found = NULL;

	for (const cJSON *item = object ? object->child : NULL; item; item = item->next)
		if (item->string && text_equal(item->string, key))
			found = item;
	return found;
}

void canon_set(cJSON *object, const char *key, cJSON *value)
{
	while (canon_find(object, key))
		cJSON_DeleteItemFromObjectCaseSensitive(object, key);
	if (!value || !cJSON_AddItemToObject(object, key, value))
		out_of_memory();
}

const char *canon_type_name(const cJSON *value)
{
	if (cJSON_IsString(value))
		return "string";
	if (cJSON_IsNumber(value))
		return "float64";
	if (cJSON_IsBool(value))
		return "bool";
	if (cJSON_IsArray(value))
		return "[]interface {}";
	return cJSON_IsObject(value) ? "map[string]interface {}" : "<nil>";
}

/* The shortest text that reads back as the same number. */
static void print_shortest(double number, bool with_exponent, char *ret, size_t size)
{
	for (int digits = 1; digits <= 17; digits++) {
		(void)snprintf(ret, size, "%.*e", digits - 1, number);
		if (strtod(ret, NULL) != number && digits < 17)
			continue;
		if (!with_exponent) {
			int exponent = (int)strtol(strchr(ret, 'e') + 1, NULL, 10);
			int decimals = digits - 1 - exponent;

			(void)snprintf(ret, size, "%.*f", decimals > 0 ? decimals : 0, number);
		}
		return;
	}
}

/* "1e-09" is written 1e-9, "1e+21" stays. */
static void shorten_exponent(char *text)
{
	char *exponent = strstr(text, "e-0");

	if (exponent)
		memmove(exponent + 2, exponent + 3, strlen(exponent + 3) + 1);
}

/* From here on a double has no bits left for a fraction. */
static const double no_fractions = 0x1p53;

/* Such a double is printed by its shortest digits, filled up with zeros. */
static void fill_zeros(const char *scientific, char *ret, size_t size)
{
	int exponent = (int)strtol(strchr(scientific, 'e') + 1, NULL, 10);
	size_t used = 0;
	int digits = 0;

	for (const char *c = scientific; *c != 'e' && used + 1 < size; c++) {
		if (*c == '.')
			continue;
		ret[used++] = *c;
		digits += *c != '-';
	}
	for (; digits <= exponent && used + 1 < size; digits++)
		ret[used++] = '0';
	ret[used] = '\0';
}

static void add_number(struct json_writer *w, const char *key, const cJSON *value)
{
	double number = read_double(value);
	double size = fabs(number);
	bool with_exponent = size != 0 && (size < 1e-6 || size >= 1e21);
	char text[400], scientific[400];
	cJSON word = { .type = cJSON_Number, .valuestring = text };

	print_shortest(number, with_exponent, text, sizeof(text));
	if (with_exponent) {
		shorten_exponent(text);
	} else if (size >= no_fractions) {
		print_shortest(number, true, scientific, sizeof(scientific));
		fill_zeros(scientific, text, sizeof(text));
	}
	json_value(w, key, &word);
}

static int compare_keys(const void *a, const void *b)
{
	const cJSON *const *left = a, *const *right = b;

	return strcmp((*left)->string, (*right)->string);
}

static void add_object(struct json_writer *w, const char *key, const cJSON *object)
{
	cleanup_free const cJSON **members = NULL;
	size_t count = 0;

	for (const cJSON *item = object->child; item; item = item->next) {
		if (!item->string || canon_find(object, item->string) != item)
			continue;
		members = xgrow(members, count, sizeof(const cJSON *));
		members[count++] = item;
	}
	if (count > 1)
		qsort(members, count, sizeof(const cJSON *), compare_keys);
	json_open(w, key, '{');
	for (size_t i = 0; i < count; i++)
		canon_value(w, members[i]->string, members[i]);
	json_close(w, '}');
}

void canon_value(struct json_writer *w, const char *key_or_null, const cJSON *value)
{
	if (cJSON_IsNumber(value)) {
		add_number(w, key_or_null, value);
	} else if (cJSON_IsObject(value)) {
		add_object(w, key_or_null, value);
	} else if (cJSON_IsArray(value)) {
		json_open(w, key_or_null, '[');
		for (const cJSON *item = value->child; item; item = item->next)
			canon_value(w, NULL, item);
		json_close(w, ']');
	} else {
		json_value(w, key_or_null, value);
	}
}
