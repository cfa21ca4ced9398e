/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs of addresses in their order, so that finding the one around an address costs a few steps
 * however many a configuration names. Filled, sorted once, then only asked. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "types/addr.h"

struct span {
	struct addr first, last; /* inclusive */
	size_t tag;		 /* the caller's number for it */
};

struct spans {
	struct span *items;
	size_t count;
};

#define cleanup_spans cleanup_with(spans_release)

void spans_add(struct spans *spans, const struct addr *first, const struct addr *last, size_t tag);

/* By first address, equal ones by tag. */
void spans_sort(struct spans *spans);

/* Sorts, and makes one of spans that touch or overlap; tags are lost. */
void spans_merge(struct spans *spans);

/* The span around `addr`, or NULL; of sorted ones that do not overlap. */
const struct span *spans_find(const struct spans *spans, const struct addr *addr);

/*
 * True when sorted spans of two tags overlap: the lowest tag of which that is so, and the lowest
 * that it overlaps with. Spans of one tag must not overlap each other.
 */
bool spans_find_overlap(const struct spans *spans, size_t *ret_tag, size_t *ret_other);

void spans_release(struct spans *spans);
