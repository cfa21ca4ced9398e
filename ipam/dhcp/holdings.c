/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree and a heap of the same holdings. */
#include "holdings.h"

#include <search.h>

#include "base/alloc.h"
#include "base/text.h"

/* One step may take the kernel as long, where it closes a packet socket. */
enum { TURNS_MS = 15 };

static int compare(const void *a, const void *b)
{
	const struct holding *one = a, *other = b;

	return strcmp(one->owner, other->owner);
}

struct holding *holdings_find(const struct holdings *all, const char *owner)
{
	const struct holding wanted = { .owner = (char *)owner };
	struct holding *const *found = tfind(&wanted, &all->by_owner, compare);

	return found ? *found : NULL;
}

static void put(struct holdings *all, size_t place, struct holding *holding)
{
	all->heap[place] = holding;
	holding->place = place;
}

static void rise(struct holdings *all, struct holding *holding)
{
	size_t place = holding->place;

	while (place > 0 && all->heap[(place - 1) / 2]->due > holding->due) {
		put(all, place, all->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	put(all, place, holding);
}

static void sink(struct holdings *all, struct holding *holding)
{
	size_t place = holding->place;

	for (;;) {
		size_t child = 2 * place + 1;

		if (child + 1 < all->count && all->heap[child + 1]->due < all->heap[child]->due)
			child++;
		if (child >= all->count || all->heap[child]->due >= holding->due)
			break;
		put(all, place, all->heap[child]);
		place = child;
	}
	put(all, place, holding);
}

void holdings_sort(struct holdings *all, struct holding *holding)
{
	rise(all, holding);
	sink(all, holding);
}

void holdings_add(struct holdings *all, struct holding *holding)
{
	if (!tsearch(holding, &all->by_owner, compare))
		out_of_memory();
	if (all->count == all->room) {
		all->room = all->room ? 2 * all->room : 16;
		all->heap = xrealloc(all->heap, all->room * sizeof(struct holding *));
	}
	put(all, all->count++, holding);
	rise(all, holding);
}

void holdings_remove(struct holdings *all, struct holding *holding)
{
	struct holding *last = all->heap[--all->count];

	(void)tdelete(holding, &all->by_owner, compare);
	if (last == holding)
		return;
	put(all, holding->place, last);
	holdings_sort(all, last);
}

void holdings_take_turns(struct holdings *all, int64_t (*clock)(void),
			 void (*step)(struct holding *holding, void *data), void *data)
{
	const int64_t began = clock();
	int64_t now = began;

	while (now < began + TURNS_MS) {
		struct holding *first = holdings_first(all);

		if (!first || first->due > began)
			break;
		step(first, data);
		now = clock();
	}
}

void holdings_release(struct holdings *all)
{
	while (all->count) {
		struct holding *holding = all->heap[all->count - 1];

		holdings_remove(all, holding);
		holding_free(holding);
	}
	free(all->heap);
	*all = (struct holdings){ 0 };
}
