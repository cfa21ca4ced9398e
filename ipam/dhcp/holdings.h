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

/*
 * Steps what is due now, the first due first, until that is done or some milliseconds are over:
 * callers, packets and signals come in between. A step sets a later time, or ends the holding.
 */
void holdings_take_turns(struct holdings *all, int64_t (*clock)(void),
			 void (*step)(struct holding *holding, void *data), void *data);

/* NULL when there is none. */
static inline struct holding *holdings_first(const struct holdings *all)
{
	return all->count ? all->heap[0] : NULL;
}

/* Frees all of them. */
void holdings_release(struct holdings *all);
