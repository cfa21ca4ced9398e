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
	size_t one, other;

	if (!spans_find_overlap(&set->order, &one, &other))
		return 0;
	range_print(&set->ranges[one], &a);
	range_print(&set->ranges[other], &b);
	return cni_fail(err, CNI_ERR_CONFIG, 0, "subnets %s and %s overlap", a.s, b.s);
}

static int check_overlaps_between(const struct pool *pool, struct cni_error *err)
{
	size_t one, other;

	if (!spans_find_overlap(&pool->order, &one, &other))
		return 0;
	return cni_fail(err, CNI_ERR_CONFIG, 0, "range set %zu overlaps with %zu", one, other);
}

static void sort_set(struct range_set *set)
{
	spans_release(&set->order);
	spans_release(&set->never);
	for (size_t i = 0; i < set->count; i++) {
		const struct range *range = &set->ranges[i];

		spans_add(&set->order, &range->first, &range->last, i);
		range_forbid(range, &set->never);
	}
	spans_sort(&set->order);
	spans_merge(&set->never);
}

static void sort_pool(struct pool *pool)
{
	spans_release(&pool->order);
	for (size_t i = 0; i < pool->count; i++) {
		const struct spans *order = &pool->sets[i].order;

		for (size_t j = 0; j < order->count; j++)
			spans_add(&pool->order, &order->items[j].first, &order->items[j].last, i);
	}
	spans_sort(&pool->order);
}

int pool_settle(struct pool *pool, struct cni_error *err)
{
	if (pool->count == 0)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "no IP ranges specified");
	for (size_t i = 0; i < pool->count; i++) {
		int r = settle_set(&pool->sets[i], err);

		if (r == 0)
			sort_set(&pool->sets[i]);
		if (r == 0)
			r = check_overlaps_inside(&pool->sets[i], err);
		if (r < 0) {
			cni_error_prefix(err, "invalid range set %zu", i);
			return r;
		}
	}
	sort_pool(pool);
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
	const struct span *span = spans_find(&set->order, addr);

	return span ? &set->ranges[span->tag] : NULL;
}

const struct range_set *pool_find(const struct pool *pool, const struct addr *addr)
{
	const struct span *span = spans_find(&pool->order, addr);

	return span ? &pool->sets[span->tag] : NULL;
}

bool range_set_allows(const struct range_set *set, const struct addr *addr)
{
	return range_set_find(set, addr) && !spans_find(&set->never, addr);
}

static bool find_between(const struct range_set *set, const struct addr *first,
			 const struct addr *last, const struct vacancy *vacancy, struct addr *ret)
{
	struct addr from = *first;
	struct addr found;

	while (vacancy->find(vacancy->data, &from, last, &found)) {
		const struct span *obstacle = spans_find(&set->never, &found);

		if (!obstacle) {
			*ret = found;
			return true;
		}
		if (addr_compare(&obstacle->last, last) >= 0)
			return false;
		from = addr_plus(&obstacle->last, 1);
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

static int check_request(const struct range_set *set, const struct addr *addr,
			 struct cni_error *err)
{
	char buffer[ADDR_TEXT];

	if (!addr_is_set(addr) || range_set_allows(set, addr))
		return 0;
	for (size_t i = 0; i < set->count; i++)
		if (addr_equal(&set->ranges[i].gateway, addr))
			return cni_fail(err, CNI_ERR_CONFIG, 0,
					"requested ip %s is subnet's gateway",
					addr_print(addr, buffer));
	return cni_fail(err, CNI_ERR_CONFIG, 0, "requested ip %s is excluded",
			addr_print(addr, buffer));
}

static int check_all(const struct pool *pool, const struct addr *per_set, struct cni_error *err)
{
	for (size_t i = 0; i < pool->count; i++) {
		int r = check_request(&pool->sets[i], &per_set[i], err);

		if (r == 0)
			continue;
		cni_error_prefix(err, "failed to allocate for range %zu", i);
		return r;
	}
	return 0;
}

static int fail_left(const char *addresses, struct cni_error *err)
{
	int r = cni_fail(err, CNI_ERR_CONFIG, 0, "failed to allocate all requested IPs:%s",
			 addresses);

	cni_error_details(err, "each must be in one of the ranges, and a set of ranges gives one");
	return r;
}

/* The first request for a set is for it; there is none to satisfy a second. */
int pool_deal(const struct pool *pool, const struct addr *requested, size_t count,
	      struct addr *per_set, struct cni_error *err)
{
	cleanup_text struct text left = { 0 };
	char buffer[ADDR_TEXT];

	for (size_t i = 0; i < count; i++) {
		const struct addr *addr = &requested[i];
		const struct range_set *set = pool_find(pool, addr);
		struct addr *slot = set ? &per_set[set - pool->sets] : NULL;

		if (slot && !addr_is_set(slot))
			*slot = *addr;
		else
			text_addf(&left, " %s", addr_print(addr, buffer));
	}
	if (left.len)
		return fail_left(left.s, err);
	return check_all(pool, per_set, err);
}

void pool_release(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++) {
		for (size_t j = 0; j < pool->sets[i].count; j++)
			range_release(&pool->sets[i].ranges[j]);
		free(pool->sets[i].ranges);
		spans_release(&pool->sets[i].order);
		spans_release(&pool->sets[i].never);
	}
	spans_release(&pool->order);
	free(pool->sets);
	*pool = (struct pool){ 0 };
}
