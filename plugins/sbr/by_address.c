/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a sorted list is searched. */
#include "by_address.h"

#include <stdlib.h>

#include "base/alloc.h"

void by_address_release(struct by_address *list)
{
	free(list->items);
	*list = (struct by_address){ 0 };
}

void by_address_add(struct by_address *list, const struct addr *addr, size_t index)
{
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct addressed){ *addr, index };
}

static int compare(const void *a, const void *b)
{
	const struct addressed *left = a, *right = b;
	int order = addr_compare(&left->addr, &right->addr);

	if (order != 0)
		return order;
	return left->index < right->index ? -1 : left->index > right->index;
}

void by_address_sort(struct by_address *list)
{
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), compare);
}

size_t by_address_find(const struct by_address *list, const struct addr *addr)
{
	size_t first = 0, end = list->count;

	while (first < end) {
		const size_t middle = first + (end - first) / 2;

		if (addr_compare(&list->items[middle].addr, addr) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

const struct addressed *by_address_get(const struct by_address *list, const struct addr *addr)
{
	const size_t place = by_address_find(list, addr);

	if (place == list->count || !addr_equal(&list->items[place].addr, addr))
		return NULL;
	return &list->items[place];
}
