/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of ranges, and the round through them: which address comes next. The caller
 * knows which are taken. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "lease/range.h"
#include "lease/spans.h"

/*
 * Alternatives of one family: an attachment gets one address of each set. The spans are there once
 * the pool is settled.
 */
struct range_set {
	struct range *ranges;
	size_t count;
	struct spans order; /* of the ranges, tagged with their places */
	struct spans never; /* what is excluded, and the gateways of all ranges */
};

struct pool {
	struct range_set *sets;
	size_t count;
	struct spans order; /* of all ranges, tagged with the places of their sets */
};

#define cleanup_pool cleanup_with(pool_release)

/*
 * Finds the first address from `from` to `to` that is free, so that nobody walks over what is
 * taken.
 */
struct vacancy {
	bool (*find)(void *data, const struct addr *from, const struct addr *to, struct addr *ret);
	void *data;
};

/* A set of its own for each call, behind the others; and a range in the last set. */
void pool_add_set(struct pool *pool);
struct range *pool_add_range(struct pool *pool);

/*
 * Settles every range and sorts them; refuses empty sets, mixed families and overlaps. Code 7 with
 * the reference's words.
 */
int pool_settle(struct pool *pool, struct cni_error *err) must_check;

/* Sets per family, judged by the subnet of each set's first range; needs no settled pool. */
void pool_count_families(const struct pool *pool, size_t *ret_ipv4, size_t *ret_ipv6);

/*
 * These three take a few steps, however many ranges and excludes there are; before the pool is
 * settled they find nothing. The range that contains `addr`, or NULL. */
const struct range *range_set_find(const struct range_set *set, const struct addr *addr);

/* The set that contains `addr`, or NULL. */
const struct range_set *pool_find(const struct pool *pool, const struct addr *addr);

/*
 * True when the set contains `addr` and it is neither excluded nor the gateway of any of its
 * ranges.
 */
bool range_set_allows(const struct range_set *set, const struct addr *addr);

/*
 * The first free address behind `cursor`, upwards through its range and then the following ones,
 * once around; `cursor` itself comes last. A cursor that is NULL or outside means the start of the
 * first range.
 */
bool range_set_next(const struct range_set *set, const struct addr *cursor_or_null,
		    const struct vacancy *vacancy, struct addr *ret);

/* "10.1.2.1-10.1.2.254,10.1.4.1-10.1.4.9" */
void range_set_print(const struct range_set *set, struct text *out);

/*
 * Deals the requested addresses out: fills `per_set`, one address for each set, AF_UNSPEC where
 * none is requested. All must be had.
 */
int pool_deal(const struct pool *pool, const struct addr *requested, size_t count,
	      struct addr *per_set, struct cni_error *err) must_check;

void pool_release(struct pool *pool);
