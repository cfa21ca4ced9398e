/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arithmetic of gateways. */
#include "plugin/gateway.h"

#include <linux/rtnetlink.h>

#include "base/alloc.h"

static int fill_gateway(struct result_ip *ip, struct cni_error *err)
{
	struct prefix network = prefix_network(&ip->address);
	char text[PREFIX_TEXT];

	if (addr_is_set(&ip->gateway))
		return 0;
	ip->gateway = addr_plus(&network.addr, 1);
	if (!prefix_contains(&network, &ip->gateway))
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"isGateway: %s has no room for a gateway, name one in the IPAM configuration",
			prefix_print(&ip->address, text));
	return 0;
}

/*
 * A route of another table is no default of the main one. With a metric it is one when it knows its
 * gateway: somebody wants it to be the lesser one.
 */
static bool is_main_default(const struct route *route, int family)
{
	return prefix_is_default(&route->dst) && route->dst.addr.family == family &&
	       (!route->has_table || !route->table || route->table == RT_TABLE_MAIN) &&
	       (route->priority <= 0 || addr_is_set(&route->gw));
}

/* The result's default route of this family, or NULL. */
static struct route *find_default(struct result *result, int family)
{
	for (size_t i = 0; i < result->route_count; i++)
		if (is_main_default(&result->routes[i], family))
			return &result->routes[i];
	return NULL;
}

static void ensure_default(struct result *result, const struct addr *gateway)
{
	struct route *route = find_default(result, gateway->family);

	if (!route) {
		route = result_add_route(result);
		route->dst.addr.family = gateway->family;
	}
	if (!addr_is_set(&route->gw))
		route->gw = *gateway;
}

static void add_gateway(struct gateways *gateways, const struct result_ip *ip)
{
	struct prefix gateway = { .addr = ip->gateway, .len = ip->address.len };

	if (gateways_contain(gateways, &gateway))
		return;
	gateways->items = xgrow(gateways->items, gateways->count, sizeof(*gateways->items));
	gateways->items[gateways->count++] = gateway;
}

int gateway_plan(struct result *result, bool is_gateway, bool is_default_gateway,
		 struct gateways *ret, struct cni_error *err)
{
	static const int families[] = { AF_INET, AF_INET6 };
	cleanup_gateways struct gateways gateways = { 0 };

	for (size_t f = 0; is_gateway && f < array_size(families); f++) {
		bool has_default = !is_default_gateway;

		for (size_t i = 0; i < result->ip_count; i++) {
			struct result_ip *ip = &result->ips[i];
			int r;

			if (ip->address.addr.family != families[f])
				continue;
			r = fill_gateway(ip, err);
			if (r < 0)
				return r;
			if (!has_default)
				ensure_default(result, &ip->gateway);
			has_default = true;
			add_gateway(&gateways, ip);
		}
	}
	*ret = gateways;
	gateways = (struct gateways){ 0 };
	return 0;
}

bool gateways_contain(const struct gateways *gateways, const struct prefix *address)
{
	for (size_t i = 0; i < gateways->count; i++)
		if (prefix_equal(&gateways->items[i], address))
			return true;
	return false;
}

bool gateway_conflicts(const struct gateways *gateways, const struct prefix *present,
		       const struct prefix **ret_gateway)
{
	if (gateways_contain(gateways, present))
		return false;
	for (size_t i = 0; i < gateways->count; i++) {
		const struct prefix *gateway = &gateways->items[i];

		if (gateway->addr.family != present->addr.family)
			continue;
		if (present->addr.family == AF_INET || prefix_overlaps(gateway, present)) {
			*ret_gateway = gateway;
			return true;
		}
	}
	return false;
}

bool gateways_have_family(const struct gateways *gateways, int family)
{
	for (size_t i = 0; i < gateways->count; i++)
		if (gateways->items[i].addr.family == family)
			return true;
	return false;
}

void gateways_release(struct gateways *gateways)
{
	free(gateways->items);
	*gateways = (struct gateways){ 0 };
}
