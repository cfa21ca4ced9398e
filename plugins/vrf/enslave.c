/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what a link loses when its master changes. */
#include "enslave.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/signals.h"

enum { DAD_MS = 5000 };

void belongings_release(struct belongings *belongings)
{
	ifaddrs_release(&belongings->addresses);
	kernel_routes_release(&belongings->routes4);
	kernel_routes_release(&belongings->routes6);
}

/* The kernel moves its own routes to IPv4 subnets itself. */
static void keep_own(struct kernel_routes *routes, const struct link *link, bool with_subnets)
{
	size_t count = 0;

	for (size_t i = 0; i < routes->count; i++) {
		const struct kernel_route *route = &routes->items[i];

		if (route->link == link->index && route->table == RT_TABLE_MAIN &&
		    (with_subnets || route->scope == RT_SCOPE_UNIVERSE ||
		     route->protocol != RTPROT_KERNEL))
			routes->items[count++] = *route;
	}
	routes->count = count;
}

int belongings_read(struct netlink *nl, const struct link *link, struct belongings *ret,
		    struct cni_error *err)
{
	int r = route_list(nl, AF_INET, &ret->routes4)
			?: route_list(nl, AF_INET6, &ret->routes6)
			?: ifaddr_list(nl, link->index, AF_INET6, &ret->addresses);

	if (r < 0 && r != -EOPNOTSUPP && r != -EAFNOSUPPORT)
		return cni_fail(err, CNI_ERR_LINK, -r,
				"failed to list the addresses and routes of %s", link->name);
	keep_own(&ret->routes4, link, false);
	keep_own(&ret->routes6, link, true);
	return 0;
}

/* They have proved unique before. The kernel keeps them where keep_addr_on_down is set. */
static int restore_addresses(struct netlink *nl, const struct link *link,
			     const struct ifaddrs *addresses, struct cni_error *err)
{
	int r = 0;

	for (size_t i = 0; i < addresses->count; i++) {
		const struct ifaddr *had = &addresses->items[i];
		const struct ifaddr_spec spec = {
			.link = link->index,
			.address = had->address,
			.no_dad = true,
			.no_prefix_route = had->flags & IFA_F_NOPREFIXROUTE,
		};
		char text[PREFIX_TEXT];

		if (had->scope != RT_SCOPE_UNIVERSE)
			continue;
		r = netlink_call(nl, ifaddr_add_request(&spec));
		if (r < 0 && r != -EEXIST)
			return cni_fail(err, CNI_ERR_LINK, -r, "failed to give %s back to %s",
					prefix_print(&had->address, text), link->name);
	}
	r = addresses->count ? ifaddr_wait_dad(nl, link->index, DAD_MS) : 0;
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "the IPv6 addresses of %s are not usable",
				link->name);
	return 0;
}

/* Those without gateway first: they lead to the gateways. */
static int restore_routes(struct netlink *nl, const struct link *link,
			  const struct kernel_routes *routes, uint32_t table, struct cni_error *err)
{
	for (int gateways = 0; gateways <= 1; gateways++) {
		for (size_t i = 0; i < routes->count; i++) {
			struct kernel_route route = routes->items[i];
			char text[PREFIX_TEXT];
			int r;

			if (addr_is_set(&route.gateway) != gateways)
				continue;
			/* What is undone is undone to its end. */
			if (table != RT_TABLE_MAIN && signals_in_turn(i) < 0)
				return cni_fail(err, CNI_ERR_TRY_LATER, EINTR,
						"failed to move the routes of %s", link->name);
			route.table = table;
			/* Back in the main table, what others have there by now stays. */
			r = table == RT_TABLE_MAIN ? route_append(nl, &route)
						   : route_put(nl, &route, true);
			if (r < 0 && r != -EEXIST) {
				(void)cni_fail(err, CNI_ERR_LINK, -r,
					       "failed to add the route to %s to table %u",
					       prefix_print(&route.dst, text), table);
				netlink_explain(nl, err);
				return r;
			}
		}
	}
	return 0;
}

int enslave(struct netlink *nl, const struct link *link, int master, uint32_t table,
	    const struct belongings *belongings, struct cni_error *err)
{
	int r = link_set_master(nl, link->index, master);

	if (r < 0) {
		(void)cni_fail(err, CNI_ERR_LINK, -r, "failed to set the master of %s", link->name);
		netlink_explain(nl, err);
		return r;
	}
	return restore_addresses(nl, link, &belongings->addresses, err)
		       ?: restore_routes(nl, link, &belongings->routes4, table, err)
		       ?: restore_routes(nl, link, &belongings->routes6, table, err);
}
