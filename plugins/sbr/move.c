/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how routes of a link come into tables of its addresses. */
#include "move.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "base/warn.h"

void move_release(struct move *move)
{
	kernel_rules_release(&move->rules);
	kernel_routes_release(&move->made);
}

static struct prefix single(const struct addr *addr)
{
	return (struct prefix){ *addr, (uint8_t)family_bits(addr->family) };
}

int move_add_rule(struct netlink *nl, const struct source *source, struct move *move,
		  struct cni_error *err)
{
	const struct kernel_rule rule = {
		.source = single(&source->address.addr),
		.table = source->table,
		.protocol = SBR_PROTOCOL,
	};
	char text[ADDR_TEXT];
	int r;

	if (signals_in_turn(move->rules.count) < 0)
		return cni_fail(err, CNI_ERR_TRY_LATER, EINTR, "cannot add the rules");
	/* Noted first: the answer may be what gets lost. */
	move->rules.items = xgrow(move->rules.items, move->rules.count, sizeof(rule));
	move->rules.items[move->rules.count++] = rule;
	r = rule_add(nl, &rule);

	if (r < 0) {
		(void)cni_fail(err, CNI_ERR_LINK, -r, "failed to add a rule from %s to table %u",
			       addr_print(&source->address.addr, text), source->table);
		netlink_explain(nl, err);
		return r;
	}
	return 0;
}

static int put(struct netlink *nl, const struct kernel_route *route, bool replace,
	       struct move *move, struct cni_error *err)
{
	char text[PREFIX_TEXT];
	int r;

	if (signals_in_turn(move->made.count) < 0)
		return cni_fail(err, CNI_ERR_TRY_LATER, EINTR, "cannot fill table %u",
				route->table);
	kernel_routes_add(&move->made, route);
	r = route_put(nl, route, replace);
	if (r < 0) {
		(void)cni_fail(err, CNI_ERR_LINK, -r, "failed to add the route to %s to table %u",
			       prefix_print(&route->dst, text), route->table);
		netlink_explain(nl, err);
		return r;
	}
	return 0;
}

static int add_default(struct netlink *nl, const struct source *source, int link, struct move *move,
		       struct cni_error *err)
{
	const struct kernel_route route = {
		.dst = { .addr = { .family = source->address.addr.family } },
		.gateway = source->gateway,
		.link = link,
		.table = source->table,
		.protocol = SBR_PROTOCOL,
	};

	return addr_is_set(&source->gateway) ? put(nl, &route, false, move, err) : 0;
}

int move_fill_table(struct netlink *nl, const struct source *source, const struct reach *of_link,
		    int link, struct move *move, struct cni_error *err)
{
	cleanup_choice struct route_choice choice = reach_of_address(of_link, &source->address);
	int r = add_default(nl, source, link, move, err);

	for (size_t i = 0; r == 0 && i < choice.count; i++) {
		struct kernel_route route = of_link->routes->items[choice.items[i]];

		if (addr_is_set(&source->gateway) && prefix_is_default(&route.dst))
			continue;
		route.table = source->table;
		route.protocol = SBR_PROTOCOL;
		r = put(nl, &route, true, move, err);
	}
	return r;
}

int move_remove(struct netlink *nl, const struct kernel_routes *of_link, bool keep_subnets,
		struct move *move, struct cni_error *err)
{
	move->changed_main = true;
	for (size_t i = 0; i < of_link->count; i++) {
		const struct kernel_route *route = &of_link->items[i];
		char text[PREFIX_TEXT];
		int r = signals_in_turn(i);

		if (r == 0 && !(keep_subnets && route->scope == RT_SCOPE_LINK))
			r = route_delete(nl, route);
		if (r < 0)
			return cni_fail(err, r == -EINTR ? CNI_ERR_TRY_LATER : CNI_ERR_LINK, -r,
					"failed to delete the route to %s from the main table",
					prefix_print(&route->dst, text));
	}
	return 0;
}

/* The kernel's own route to the subnet makes place, and no other link's does. */
static void drop_subnet(struct netlink *nl, const struct reach *of_link,
			const struct prefix *subnet)
{
	cleanup_choice struct route_choice choice = reach_of_subnet(of_link, subnet);

	for (size_t i = 0; i < choice.count; i++)
		ignore(route_delete(nl,
				    &of_link->routes->items[choice.items[i]])); /* best effort */
}

void move_hint(struct netlink *nl, const struct source *source, const struct reach *of_link,
	       int link, struct move *move)
{
	const struct kernel_route hint = {
		.dst = prefix_network(&source->address),
		.source = source->address.addr,
		.link = link,
		.scope = RT_SCOPE_LINK,
		.protocol = SBR_PROTOCOL,
	};
	cleanup_free char *reason = NULL;
	char text[PREFIX_TEXT];
	int r;

	move->changed_main = true;
	drop_subnet(nl, of_link, &hint.dst);
	kernel_routes_add(&move->made, &hint);
	r = route_append(nl, &hint);
	if (r == 0 || r == -EEXIST)
		return;
	reason = error_text(-r);
	cni_warn("no hint for %s: %s", prefix_print(&hint.dst, text), reason);
}

/*
 * A route through a gateway needs that to the link's subnet, which may stand behind it. Routes of
 * other links to the same networks stay.
 */
static void bring_back(struct netlink *nl, const struct kernel_routes *routes)
{
	for (int gateways = 0; gateways <= 1; gateways++) {
		for (size_t i = 0; i < routes->count; i++) {
			if (addr_is_set(&routes->items[i].gateway) == gateways)
				ignore(route_append(nl, &routes->items[i])); /* best effort */
		}
	}
}

int move_bring_back(struct netlink *nl, const struct kernel_routes *old,
		    const struct kernel_routes *in_main, struct cni_error *err)
{
	bring_back(nl, in_main);
	for (size_t i = 0; i < old->count; i++) {
		char text[PREFIX_TEXT];
		int r = signals_in_turn(i) ?: route_delete(nl, &old->items[i]);

		if (r < 0)
			return cni_fail(err, r == -EINTR ? CNI_ERR_TRY_LATER : CNI_ERR_LINK, -r,
					"failed to delete the old route to %s from table %u",
					prefix_print(&old->items[i].dst, text),
					old->items[i].table);
	}
	return 0;
}

void move_undo(struct netlink *nl, const struct kernel_routes *of_link, struct move *move)
{
	for (size_t i = move->made.count; i > 0; i--)
		ignore(route_delete(nl, &move->made.items[i - 1])); /* best effort */
	for (size_t i = move->rules.count; i > 0; i--)
		ignore(rule_delete(nl, &move->rules.items[i - 1])); /* best effort */
	if (move->changed_main)
		bring_back(nl, of_link);
}
