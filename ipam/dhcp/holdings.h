/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All leases of the daemon: found by their owner, sorted by what is due next. */
#pragma once

#include "holding.h"

struct holdings {
	void *by_owner;	       /* a tree of search.h */
	struct holding **heap; /* the first is due first */
	size_t count, room;
};

struct holding *holdings_find(const struct holdings *all, const char *owner);
void holdings_add(struct holdings *all, struct holding *holding);
void holdings_remove(struct holdings *all, struct holding *holding);

/* After a change of `due`. */
void holdings_sort(struct holdings *all, struct holding *holding);

/* NULL when there is none. */
static inline struct holding *holdings_first(const struct holdings *all)
{
	return all->count ? all->heap[0] : NULL;
}

/* Frees all of them. */
void holdings_release(struct holdings *all);
