/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows ours by its protocol number and the interface. */
#include "sbr_old.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/signals.h"

const struct source *sbr_find_source(const struct sbr *sbr, const struct kernel_rule *rule)
{
	const struct addressed *found = by_address_get(&sbr->by_source, &rule->source.addr);

	return found ? &sbr->sources[found->index] : NULL;
}

/* A rule of the same address would go before ours. */
static int remove_old_rules(struct chained *c, size_t *changes, struct cni_error *err)
{
	struct sbr *sbr = c->conf;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sbr->routing.rules.count; i++) {
		const struct kernel_rule *rule = &sbr->routing.rules.items[i];

		if (rule->protocol != SBR_PROTOCOL || !rule_may_be_ours(rule) ||
		    !sbr_find_source(sbr, rule))
			continue;
		++*changes;
		r = signals_in_turn(*changes) ?: rule_delete(&c->at.container, rule);
	}
	if (r < 0)
		return cni_fail(err, r == -EINTR ? CNI_ERR_TRY_LATER : CNI_ERR_LINK, -r,
				"failed to delete an old rule of %s", c->call->ifname);
	return 0;
}

/* The default route to a gateway of ours was made for the table, whatever the main one had. */
static bool was_in_main(const struct sbr *sbr, const struct kernel_route *route)
{
	if (!prefix_is_default(&route->dst) || !addr_is_set(&route->gateway))
		return true;
	return !by_address_get(&sbr->by_gateway, &route->gateway);
}

/* A hint is in the main table itself, and what it stands for in one of the others, too. */
static void note_old_route(const struct sbr *sbr, const struct kernel_route *route,
			   struct kernel_routes *old, struct kernel_routes *in_main)
{
	struct kernel_route home = *route;

	if (route->link != sbr->link.index || route->protocol != SBR_PROTOCOL)
		return;
	kernel_routes_add(old, route);
	home.table = RT_TABLE_MAIN;
	home.protocol = RTPROT_BOOT;
	if (route->table != RT_TABLE_MAIN && was_in_main(sbr, route))
		kernel_routes_add(in_main, &home);
}

static int remove_old_tables(struct chained *c, size_t *changes, struct cni_error *err)
{
	const struct sbr *sbr = c->conf;
	cleanup_routes struct kernel_routes old = { 0 }, in_main = { 0 };

	for (int family = 0; family < 2; family++) {
		const struct kernel_routes *routes = &sbr->routing.routes[family];

		for (size_t i = 0; i < routes->count; i++)
			note_old_route(sbr, &routes->items[i], &old, &in_main);
	}
	*changes += old.count;
	return old.count ? move_bring_back(&c->at.container, &old, &in_main, err) : 0;
}

/* An ADD that was killed, or whose answer nobody saw, took routes away that this one needs. */
int sbr_remove_old(struct chained *c, struct cni_error *err)
{
	struct sbr *sbr = c->conf;
	size_t changes = 0;
	int r = remove_old_rules(c, &changes, err);

	if (r == 0 && sbr->conf.table < 0)
		r = remove_old_tables(c, &changes, err);
	if (r < 0 || changes == 0)
		return r;
	routing_release(&sbr->routing);
	return routing_read(&c->at.container, &sbr->routing, err);
}
