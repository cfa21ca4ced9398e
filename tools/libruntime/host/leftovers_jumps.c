/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rules lead to a chain: the chains that all share are read once for each table. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "host/leftovers_share.h"
#include "nft/rule_list.h"

/* Shared chains that lead to others of the table. */
static const char *const parents[] = { "PREROUTING",	    "OUTPUT",
				       "POSTROUTING",	    "CNI-HOSTPORT-DNAT",
				       "CNI-HOSTPORT-SNAT", "FORWARD",
				       FIRST_ISOLATION };

static bool is_same_table(const struct nft_table *a, const struct nft_table *b)
{
	return a->family == b->family && text_equal(a->name, b->name);
}

static struct leftover_jumps *find_jumps(struct leftover_tables *tables,
					 const struct nft_table *table)
{
	for (size_t i = 0; i < tables->count; i++)
		if (is_same_table(&tables->items[i].table, table))
			return &tables->items[i];
	return NULL;
}

static void take_jump(struct leftover_jumps *jumps, const char *parent, const struct nlmsghdr *rule)
{
	const char *target = nft_rule_target(rule);

	if (!target)
		return;
	jumps->items = xgrow(jumps->items, jumps->count, sizeof(*jumps->items));
	jumps->items[jumps->count] = (struct leftover_jump){ .target = xstrdup(target),
							     .parent = parent,
							     .handle = nft_rule_handle(rule),
							     .order = jumps->count };
	jumps->count++;
}

/* By target, then in the order of the chains and their rules. */
static int compare_jumps(const void *a, const void *b)
{
	const struct leftover_jump *left = a, *right = b;

	return strcmp(left->target, right->target)
		       ?: (left->order > right->order) - (left->order < right->order);
}

static int read_jumps(struct netlink *nl, struct leftover_jumps *jumps)
{
	for (size_t i = 0; i < array_size(parents); i++) {
		cleanup_nft_rules struct nft_rules rules = { 0 };
		int r = nft_list_rules(nl, &jumps->table, parents[i], &rules);

		if (r < 0)
			return r;
		for (size_t j = 0; j < rules.count; j++)
			take_jump(jumps, parents[i], rules.items[j]);
	}
	if (jumps->count > 1)
		qsort(jumps->items, jumps->count, sizeof(*jumps->items), compare_jumps);
	return 0;
}

int leftovers_jumps_to(struct netlink *nl, struct leftover_tables *tables,
		       const struct leftover_chain *chain, const struct leftover_jump **ret,
		       size_t *ret_count)
{
	struct leftover_jumps *jumps = find_jumps(tables, &chain->table);
	const struct leftover_jump wanted = { .target = chain->name };
	size_t first, end;

	if (!jumps) {
		tables->items = xgrow(tables->items, tables->count, sizeof(*tables->items));
		jumps = &tables->items[tables->count++];
		*jumps = (struct leftover_jumps){ .table = chain->table };
		jumps->error = read_jumps(nl, jumps);
	}
	if (jumps->error < 0)
		return jumps->error;
	first = sorted_place(&wanted, jumps->items, jumps->count, sizeof(*jumps->items),
			     compare_jumps);
	for (end = first; end < jumps->count; end++)
		if (!text_equal(jumps->items[end].target, chain->name))
			break;
	*ret = jumps->items + first;
	*ret_count = end - first;
	return 0;
}

void leftover_tables_release(struct leftover_tables *tables)
{
	for (size_t i = 0; i < tables->count; i++) {
		for (size_t j = 0; j < tables->items[i].count; j++)
			free(tables->items[i].items[j].target);
		free(tables->items[i].items);
	}
	free(tables->items);
}
