/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sorted array. */
#include "roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sorted.h"

void roster_add(struct roster *roster, const char *name, size_t at)
{
	roster->items = xgrow(roster->items, roster->count, sizeof(*roster->items));
	roster->items[roster->count++] = (struct roster_item){ .name = xstrdup(name), .at = at };
}

static int compare(const void *a, const void *b)
{
	const struct roster_item *left = a, *right = b;

	return strcmp(left->name, right->name) ?: (left->at > right->at) - (left->at < right->at);
}

void roster_sort(struct roster *roster)
{
	if (roster->count > 1)
		qsort(roster->items, roster->count, sizeof(*roster->items), compare);
}

static int compare_name(const void *item, const void *name)
{
	return strcmp(((const struct roster_item *)item)->name, name);
}

int roster_find(const struct roster *roster, const char *name)
{
	size_t place = sorted_place(name, roster->items, roster->count, sizeof(*roster->items),
				    compare_name);

	if (place == roster->count || strcmp(roster->items[place].name, name) != 0)
		return -1;
	return (int)roster->items[place].at;
}

void roster_release(struct roster *roster)
{
	for (size_t i = 0; i < roster->count; i++)
		free(roster->items[i].name);
	free(roster->items);
}
