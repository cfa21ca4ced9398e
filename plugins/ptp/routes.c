/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which routes ptp needs on either side. */
#include "routes.h"

#include <linux/rtnetlink.h>

#include "base/alloc.h"

static void add(struct kernel_routes *routes, const struct kernel_route *route)
{
	routes->items = xgrow(routes->items, routes->count, sizeof(*routes->items));
	routes->items[routes->count++] = *route;
}

static void plan_address(const struct result_ip *ip, int link, struct kernel_routes *routes)
{
	const struct kernel_route to_gateway = {
		.dst = prefix_host(&ip->gateway),
		.source = ip->address.addr,
		.link = link,
		.scope = RT_SCOPE_LINK,
	};
	const struct kernel_route to_subnet = {
		.dst = prefix_network(&ip->address),
		.gateway = ip->gateway,
		.source = ip->address.addr,
		.link = link,
		.scope = RT_SCOPE_UNIVERSE,
	};

	add(routes, &to_gateway);
	if (ip->address.len < family_bits(ip->address.addr.family))
		add(routes, &to_subnet); /* a single address has no rest of a subnet */
}

int routes_plan_container(const struct result *result, int link, struct kernel_routes *ret,
			  struct cni_error *err)
{
	cleanup_routes struct kernel_routes routes = { 0 };

	for (size_t i = 0; i < result->ip_count; i++) {
		const struct result_ip *ip = &result->ips[i];
		char text[PREFIX_TEXT];

		if (ip->gateway.family != ip->address.addr.family)
			return cni_fail(err, CNI_ERR_CONFIG, 0,
					"the IPAM plugin gave %s without a gateway, ptp needs one",
					prefix_print(&ip->address, text));
		plan_address(ip, link, &routes);
	}
	*ret = routes;
	routes = (struct kernel_routes){ 0 };
	return 0;
}

void routes_plan_host(const struct result *result, int link, struct kernel_routes *ret)
{
	for (size_t i = 0; i < result->ip_count; i++) {
		const struct addr *addr = &result->ips[i].address.addr;
		const struct kernel_route route = {
			.dst = prefix_host(addr),
			.link = link,
			.scope = addr->family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
		};

		add(ret, &route);
	}
}
