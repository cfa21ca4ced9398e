/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorting, merging and searching of runs of addresses. */
#include "lease/spans.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/sorted.h"

void spans_add(struct spans *spans, const struct addr *first, const struct addr *last, size_t tag)
{
	spans->items = xgrow(spans->items, spans->count, sizeof(*spans->items));
	spans->items[spans->count++] = (struct span){ .first = *first, .last = *last, .tag = tag };
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *one = a, *other = b;
	int order = addr_compare(&one->first, &other->first);

	return order ? order : (one->tag > other->tag) - (one->tag < other->tag);
}

void spans_sort(struct spans *spans)
{
	if (spans->count)
		qsort(spans->items, spans->count, sizeof(*spans->items), compare_spans);
}

static bool is_before(const struct addr *a, const struct addr *b)
{
	return addr_compare(a, b) < 0;
}

/* `later` begins no earlier than `span`. */
static bool reaches(const struct span *span, const struct span *later)
{
	struct addr next = addr_plus(&span->last, 1);

	return !is_before(&span->last, &later->first) || addr_equal(&next, &later->first);
}

void spans_merge(struct spans *spans)
{
	size_t count = 0;

	spans_sort(spans);
	for (size_t i = 0; i < spans->count; i++) {
		const struct span *span = &spans->items[i];
		struct span *last = count ? &spans->items[count - 1] : NULL;

		if (!last || !reaches(last, span))
			spans->items[count++] = *span;
		else if (is_before(&last->last, &span->last))
			last->last = span->last;
	}
	spans->count = count;
}

static int begins_behind(const void *span, const void *addr)
{
	return is_before(addr, &((const struct span *)span)->first) ? 0 : -1;
}

/* The last span that begins no later than `addr`, or NULL. */
static const struct span *find_before(const struct spans *spans, const struct addr *addr)
{
	size_t behind = sorted_place(addr, spans->items, spans->count, sizeof(*spans->items),
				     begins_behind);

	return behind ? &spans->items[behind - 1] : NULL;
}

const struct span *spans_find(const struct spans *spans, const struct addr *addr)
{
	const struct span *span = find_before(spans, addr);

	return span && !is_before(&span->last, addr) ? span : NULL;
}

/* The lowest tag of a span that reaches into a neighbour; false when there is none. */
static bool find_lowest(const struct spans *spans, size_t *ret)
{
	const struct span *furthest = NULL;
	bool is_found = false;

	for (size_t i = 0; i < spans->count; i++) {
		const struct span *span = &spans->items[i];

		if (furthest && !is_before(&furthest->last, &span->first)) {
			size_t low = span->tag < furthest->tag ? span->tag : furthest->tag;

			*ret = is_found && *ret < low ? *ret : low;
			is_found = true;
		}
		if (!furthest || is_before(&furthest->last, &span->last))
			furthest = span;
	}
	return is_found;
}

bool spans_find_overlap(const struct spans *spans, size_t *ret_tag, size_t *ret_other)
{
	cleanup_spans struct spans own = { 0 };
	size_t other = (size_t)-1, tag = 0;

	if (!find_lowest(spans, &tag))
		return false;
	for (size_t i = 0; i < spans->count; i++)
		if (spans->items[i].tag == tag)
			spans_add(&own, &spans->items[i].first, &spans->items[i].last, tag);
	for (size_t i = 0; i < spans->count; i++) {
		const struct span *span = &spans->items[i];
		const struct span *before = find_before(&own, &span->last);

		if (span->tag != tag && span->tag < other && before &&
		    !is_before(&before->last, &span->first))
			other = span->tag;
	}
	*ret_tag = tag;
	*ret_other = other;
	return true;
}

void spans_release(struct spans *spans)
{
	free(spans->items);
	*spans = (struct spans){ 0 };
}
