/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules between ranges, and the order in which their addresses are handed out. */
#include "pool.h"

#include "base/alloc.h"

void pool_add_set(struct pool *pool)
{
	pool->sets = xgrow(pool->sets, pool->count, sizeof(*pool->sets));
	pool->sets[pool->count++] = (struct range_set){ 0 };
}

struct range *pool_add_range(struct pool *pool)
{
	struct range_set *set = &pool->sets[pool->count - 1];

	set->ranges = xgrow(set->ranges, set->count, sizeof(*set->ranges));
	set->ranges[set->count] = (struct range){ 0 };
	return &set->ranges[set->count++];
}

static int settle_set(struct range_set *set, struct cni_error *err)
{
	if (set->count == 0)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "empty range set");
	for (size_t i = 0; i < set->count; i++) {
		int r = range_settle(&set->ranges[i], err);

		if (r < 0)
			return r;
		if (set->ranges[i].first.family != set->ranges[0].first.family)
			return cni_fail(err, CNI_ERR_CONFIG, 0, "mixed address families");
	}
	return 0;
}

static int check_overlaps_inside(const struct range_set *set, struct cni_error *err)
{
	cleanup_text struct text a = { 0 }, b = { 0 };

	for (size_t i = 0; i < set->count; i++) {
		for (size_t j = i + 1; j < set->count; j++) {
			if (!range_overlaps(&set->ranges[i], &set->ranges[j]))
				continue;
			range_print(&set->ranges[i], &a);
			range_print(&set->ranges[j], &b);
			return cni_fail(err, CNI_ERR_CONFIG, 0, "subnets %s and %s overlap", a.s,
					b.s);
		}
	}
	return 0;
}

static bool sets_overlap(const struct range_set *a, const struct range_set *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < b->count; j++)
			if (range_overlaps(&a->ranges[i], &b->ranges[j]))
				return true;
	return false;
}

static int check_overlaps_between(const struct pool *pool, struct cni_error *err)
{
	for (size_t i = 0; i < pool->count; i++)
		for (size_t j = i + 1; j < pool->count; j++)
			if (sets_overlap(&pool->sets[i], &pool->sets[j]))
				return cni_fail(err, CNI_ERR_CONFIG, 0,
						"range set %zu overlaps with %zu", i, j);
	return 0;
}

int pool_settle(struct pool *pool, struct cni_error *err)
{
	if (pool->count == 0)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "no IP ranges specified");
	for (size_t i = 0; i < pool->count; i++) {
		int r = settle_set(&pool->sets[i], err);

		if (r == 0)
			r = check_overlaps_inside(&pool->sets[i], err);
		if (r < 0) {
			cni_error_prefix(err, "invalid range set %zu", i);
			return r;
		}
	}
	return check_overlaps_between(pool, err);
}

void pool_count_families(const struct pool *pool, size_t *ret_ipv4, size_t *ret_ipv6)
{
	size_t ipv4 = 0, ipv6 = 0;

	for (size_t i = 0; i < pool->count; i++) {
		const struct range_set *set = &pool->sets[i];
		int family = set->count ? set->ranges[0].subnet.addr.family : AF_UNSPEC;

		ipv4 += family == AF_INET;
		ipv6 += family == AF_INET6;
	}
	*ret_ipv4 = ipv4;
	*ret_ipv6 = ipv6;
}

const struct range *range_set_find(const struct range_set *set, const struct addr *addr)
{
	for (size_t i = 0; i < set->count; i++)
		if (range_contains(&set->ranges[i], addr))
			return &set->ranges[i];
	return NULL;
}

const struct range_set *pool_find(const struct pool *pool, const struct addr *addr)
{
	for (size_t i = 0; i < pool->count; i++)
		if (range_set_find(&pool->sets[i], addr))
			return &pool->sets[i];
	return NULL;
}

/* A gateway of one range may lie in another of the set, so every range is asked. */
static bool is_allowed(const struct range_set *set, const struct addr *addr, struct addr *ret_last)
{
	for (size_t i = 0; i < set->count; i++)
		if (!range_allows(&set->ranges[i], addr, ret_last))
			return false;
	return true;
}

bool range_set_allows(const struct range_set *set, const struct addr *addr)
{
	return range_set_find(set, addr) && is_allowed(set, addr, &(struct addr){ 0 });
}

static bool find_between(const struct range_set *set, const struct addr *first,
			 const struct addr *last, const struct vacancy *vacancy, struct addr *ret)
{
	struct addr from = *first;
	struct addr found, obstacle_end;

	while (vacancy->find(vacancy->data, &from, last, &found)) {
		if (is_allowed(set, &found, &obstacle_end)) {
			*ret = found;
			return true;
		}
		if (addr_compare(&obstacle_end, last) >= 0)
			return false;
		from = addr_plus(&obstacle_end, 1);
	}
	return false;
}

bool range_set_next(const struct range_set *set, const struct addr *cursor_or_null,
		    const struct vacancy *vacancy, struct addr *ret)
{
	const struct range *start = cursor_or_null ? range_set_find(set, cursor_or_null) : NULL;
	size_t at = start ? (size_t)(start - set->ranges) : 0;

	if (start && addr_compare(cursor_or_null, &start->last) < 0) {
		struct addr from = addr_plus(cursor_or_null, 1);

		if (find_between(set, &from, &start->last, vacancy, ret))
			return true;
	}
	for (size_t i = start ? 1 : 0; i < set->count; i++) {
		const struct range *range = &set->ranges[(at + i) % set->count];

		if (find_between(set, &range->first, &range->last, vacancy, ret))
			return true;
	}
	return start && find_between(set, &start->first, cursor_or_null, vacancy, ret);
}

void range_set_print(const struct range_set *set, struct text *out)
{
	for (size_t i = 0; i < set->count; i++) {
		if (i)
			text_add(out, ",");
		range_print(&set->ranges[i], out);
	}
}

void pool_release(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++) {
		for (size_t j = 0; j < pool->sets[i].count; j++)
			range_release(&pool->sets[i].ranges[j]);
		free(pool->sets[i].ranges);
	}
	free(pool->sets);
	*pool = (struct pool){ 0 };
}
