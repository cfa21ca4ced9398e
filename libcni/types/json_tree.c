/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few functions of cJSON that a plugin needs, so that its start does not wait for the library
 * to be loaded and bound. Trees are the library's in every respect: a program that needs more of it
 * links it beside, and both work on the same ones.
 */
#include "base/alloc.h"
#include "types/json.h"

enum { KIND_MASK = 0xff }; /* the rest of the type says who owns what */

static bool is_kind(const cJSON *item, int kinds)
{
	return item && (item->type & KIND_MASK & kinds);
}

cJSON_bool cJSON_IsArray(const cJSON *const item)
{
	return is_kind(item, cJSON_Array);
}

cJSON_bool cJSON_IsBool(const cJSON *const item)
{
	return is_kind(item, cJSON_True | cJSON_False);
}

cJSON_bool cJSON_IsNull(const cJSON *const item)
{
	return is_kind(item, cJSON_NULL);
}

cJSON_bool cJSON_IsNumber(const cJSON *const item)
{
	return is_kind(item, cJSON_Number);
}

cJSON_bool cJSON_IsObject(const cJSON *const item)
{
	return is_kind(item, cJSON_Object);
}

cJSON_bool cJSON_IsString(const cJSON *const item)
{
	return is_kind(item, cJSON_String);
}

cJSON_bool cJSON_IsTrue(const cJSON *const item)
{
	return is_kind(item, cJSON_True);
}

int cJSON_GetArraySize(const cJSON *array)
{
	int count = 0;

	for (const cJSON *item = array ? array->child : NULL; item; item = item->next)
		count++;
	return count;
}

cJSON *cJSON_CreateNull(void)
{
	cJSON *item = xcalloc(1, sizeof(*item));

	item->type = cJSON_NULL;
	return item;
}

/* The first child's `prev` is the last child. */
cJSON_bool cJSON_AddItemToArray(cJSON *array, cJSON *item)
{
	cJSON *first = array ? array->child : NULL;

	if (!array || !item)
		return false;
	if (!first) {
		array->child = item;
		item->prev = item;
		return true;
	}
	item->prev = first->prev;
	first->prev->next = item;
	first->prev = item;
	return true;
}

void cJSON_Delete(cJSON *item)
{
	while (item) {
		cJSON *next = item->next;

		if (!(item->type & cJSON_IsReference)) {
			cJSON_Delete(item->child);
			free(item->valuestring);
		}
		if (!(item->type & cJSON_StringIsConst))
			free(item->string);
		free(item);
		item = next;
	}
}
