/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CHECK: knows what the addresses of an interface need. */
#include <stdlib.h>

#include "base/alloc.h"
#include "plugin/check.h"
#include "sbr_old.h"

/* Tables by which the interface leads out, in order; those of IPv6 apart from those of IPv4. */
struct ways {
	uint64_t *items;
	size_t count;
};

static void ways_release(struct ways *ways)
{
	free(ways->items);
}

static uint64_t way_of(uint32_t table, const struct addr *addr)
{
	return (uint64_t)table << 1 | (addr->family == AF_INET6);
}

static int compare(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static struct ways find_ways(const struct sbr *sbr)
{
	struct ways ways = { 0 };

	for (int family = 0; family < 2; family++) {
		const struct kernel_routes *routes = &sbr->routing.routes[family];

		for (size_t i = 0; i < routes->count; i++) {
			const struct kernel_route *route = &routes->items[i];

			if (route->link != sbr->link.index || !prefix_is_default(&route->dst))
				continue;
			ways.items = xgrow(ways.items, ways.count, sizeof(*ways.items));
			ways.items[ways.count++] = way_of(route->table, &route->dst.addr);
		}
	}
	if (ways.count > 1)
		qsort(ways.items, ways.count, sizeof(*ways.items), compare);
	return ways;
}

static bool has_way(const struct ways *ways, const struct kernel_rule *rule)
{
	const uint64_t way = way_of(rule->table, &rule->source.addr);

	return ways->count && bsearch(&way, ways->items, ways->count, sizeof(way), compare);
}

static struct by_address find_rules(const struct sbr *sbr)
{
	struct by_address rules = { 0 };

	for (size_t i = 0; i < sbr->routing.rules.count; i++) {
		const struct kernel_rule *rule = &sbr->routing.rules.items[i];

		if (rule_may_be_ours(rule))
			by_address_add(&rules, &rule->source.addr, i);
	}
	by_address_sort(&rules);
	return rules;
}

/* Lenient: the reference's rules count, and of a table only its way out does. */
static int check_source(const struct sbr *sbr, const struct source *source,
			const struct by_address *rules, const struct ways *ways,
			struct cni_error *err)
{
	const struct addr *addr = &source->address.addr;
	const size_t first = by_address_find(rules, addr);
	char text[ADDR_TEXT];
	size_t i = first;

	for (; i < rules->count && addr_equal(&rules->items[i].addr, addr); i++) {
		const struct kernel_rule *rule = &sbr->routing.rules.items[rules->items[i].index];

		if (sbr->conf.table > 0 ? rule->table == (uint32_t)sbr->conf.table
					: !addr_is_set(&source->gateway) || has_way(ways, rule))
			return 0;
	}
	(void)addr_print(addr, text);
	return i > first
		       ? check_fail(err, "the table of the rule from %s has no default route", text)
		       : check_fail(err, "the rule from %s is missing", text);
}

int sbr_check(const struct sbr *sbr, struct cni_error *err)
{
	cleanup_by_address struct by_address rules = find_rules(sbr);
	cleanup_with(ways_release) struct ways ways = find_ways(sbr);
	int r = 0;

	for (size_t i = 0; r == 0 && i < sbr->count; i++)
		r = check_source(sbr, &sbr->sources[i], &rules, &ways, err);
	return r;
}
