/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads rules and routes of a namespace. */
#include "sbr_tables.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"

static const int families[] = { AF_INET, AF_INET6 };

static int fail_list(int r, struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_LINK, -r,
			"failed to list the rules and routes of the container");
}

static bool is_missing(int family, int r)
{
	return family == AF_INET6 && (r == -EOPNOTSUPP || r == -EAFNOSUPPORT);
}

int routing_read_rules(struct netlink *nl, struct routing *ret, struct cni_error *err)
{
	for (size_t i = 0; i < array_size(families); i++) {
		int r = rule_list(nl, families[i], &ret->rules);

		if (r < 0 && !is_missing(families[i], r))
			return fail_list(r, err);
	}
	return 0;
}

int routing_read(struct netlink *nl, struct routing *ret, struct cni_error *err)
{
	for (size_t i = 0; i < array_size(families); i++) {
		int r = route_list(nl, families[i], &ret->routes[i]);

		if (r < 0 && !is_missing(families[i], r))
			return fail_list(r, err);
	}
	return routing_read_rules(nl, ret, err);
}

void routing_release(struct routing *routing)
{
	for (size_t i = 0; i < array_size(families); i++)
		kernel_routes_release(&routing->routes[i]);
	kernel_rules_release(&routing->rules);
}

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

uint32_t *routing_free_tables(const struct routing *routing, size_t count)
{
	const size_t room = routing->routes[0].count + routing->routes[1].count +
			    routing->rules.count + 1;
	cleanup_free uint32_t *used = xcalloc(room, sizeof(*used));
	uint32_t *tables = xcalloc(count + 1, sizeof(*tables));
	uint32_t table = SBR_FIRST_TABLE;
	size_t used_count = 0, found = 0;

	for (size_t i = 0; i < array_size(families); i++)
		for (size_t j = 0; j < routing->routes[i].count; j++)
			used[used_count++] = routing->routes[i].items[j].table;
	for (size_t i = 0; i < routing->rules.count; i++)
		used[used_count++] = routing->rules.items[i].table;
	if (used_count > 1)
		qsort(used, used_count, sizeof(*used), compare);
	for (size_t i = 0; found < count; table++) {
		while (i < used_count && used[i] < table)
			i++;
		if (table >= RT_TABLE_COMPAT && table <= RT_TABLE_LOCAL)
			continue; /* the kernel's own */
		if (i == used_count || used[i] != table)
			tables[found++] = table;
	}
	return tables;
}

bool rule_may_be_ours(const struct kernel_rule *rule)
{
	return rule->is_simple && rule->source.len == family_bits(rule->source.addr.family) &&
	       (rule->protocol == SBR_PROTOCOL || rule->protocol == RTPROT_UNSPEC);
}
