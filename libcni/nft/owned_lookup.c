/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the order of entries. */
#include "nft/owned_share.h"

#include <string.h>

#include "base/alloc.h"

static int compare(const void *a, const void *b)
{
	const struct owned_entry *const *left = a, *const *right = b;

	return memcmp((*left)->bytes, (*right)->bytes, sizeof((*left)->bytes));
}

struct owned_lookup owned_lookup_of(const struct owned_entries *entries)
{
	struct owned_lookup lookup = {
		.sorted = xcalloc(entries->count, sizeof(struct owned_entry *)),
		.count = entries->count,
	};

	for (size_t i = 0; i < entries->count; i++)
		lookup.sorted[i] = &entries->items[i];
	if (entries->count > 1)
		qsort(lookup.sorted, lookup.count, sizeof(*lookup.sorted), compare);
	return lookup;
}

bool owned_lookup_has(const struct owned_lookup *lookup, const struct owned_entry *entry)
{
	return lookup->count > 0 &&
	       bsearch(&entry, lookup->sorted, lookup->count, sizeof(*lookup->sorted), compare);
}

void owned_lookup_release(struct owned_lookup *lookup)
{
	free(lookup->sorted);
	*lookup = (struct owned_lookup){ 0 };
}

/* Of equal items the first in the list comes first. */
static int compare_places(const void *a, const void *b)
{
	const struct owned_entry *const *left = a, *const *right = b;
	int order = compare(a, b);

	if (order)
		return order;
	return *left < *right ? -1 : *left > *right;
}

void owned_entries_add_each(struct owned_entries *entries, const struct owned_entries *list)
{
	const struct owned_entry *items = list->items;
	const size_t count = list->count;
	cleanup_free const struct owned_entry **sorted = xcalloc(count, sizeof(*sorted));
	cleanup_free bool *is_repeated = xcalloc(count, sizeof(*is_repeated));

	for (size_t i = 0; i < count; i++)
		sorted[i] = &items[i];
	if (count > 1)
		qsort(sorted, count, sizeof(*sorted), compare_places);
	for (size_t i = 1; i < count; i++)
		is_repeated[sorted[i] - items] = compare(&sorted[i - 1], &sorted[i]) == 0;
	for (size_t i = 0; i < count; i++) {
		if (!is_repeated[i])
			owned_entries_add(entries, &items[i]);
	}
}
