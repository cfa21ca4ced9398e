/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host needs to reach a container behind a point-to-point link. */
#include "host.h"

#include <errno.h>

#include "net/ifaddr.h"
#include "net/route.h"
#include "net/sysctl.h"
#include "plugin/check.h"
#include "routes.h"

static const int families[] = { AF_INET, AF_INET6 };

static bool has_family(const struct result *result, int family)
{
	for (size_t i = 0; i < result->ip_count; i++)
		if (result->ips[i].address.addr.family == family)
			return true;
	return false;
}

static void add_gateways(struct netlink_batch *batch, int link, const struct result *result)
{
	for (size_t i = 0; i < result->ip_count; i++) {
		const struct ifaddr_spec spec = {
			.link = link,
			.address = prefix_host(&result->ips[i].gateway),
			.no_dad = true, /* the link has two ends, and both are ours */
		};
		char text[PREFIX_TEXT];

		netlink_batch_add(batch, ifaddr_add_request(&spec), EEXIST, "add address %s",
				  prefix_print(&spec.address, text));
	}
}

int host_configure(struct netlink *host, const struct link *link, const struct result *result,
		   struct cni_error *err)
{
	cleanup_batch struct netlink_batch batch = { 0 };
	cleanup_routes struct kernel_routes routes = { 0 };
	const char *what = "";
	int r = 0;

	for (size_t i = 0; i < array_size(families) && r == 0; i++)
		if (has_family(result, families[i]))
			r = sysctl_enable_forwarding(families[i], err);
	if (r < 0)
		return r;
	add_gateways(&batch, link->index, result);
	routes_plan_host(result, link->index, &routes);
	for (size_t i = 0; i < routes.count; i++) {
		char text[PREFIX_TEXT];

		netlink_batch_add(&batch, route_add_request(&routes.items[i]), EEXIST,
				  "add route to %s", prefix_print(&routes.items[i].dst, text));
	}
	r = netlink_batch_run(host, &batch, &what);
	if (r < 0)
		return netlink_fail(host, err, r, "failed to configure %s on the host: %s",
				    link->name, what);
	return 0;
}

static bool has_host_route(const struct kernel_routes *routes, int link, const struct prefix *dst)
{
	for (size_t i = 0; i < routes->count; i++)
		if (routes->items[i].link == link && prefix_equal(&routes->items[i].dst, dst))
			return true;
	return false;
}

static bool has_gateway(const struct ifaddrs *list, const struct addr *gateway)
{
	for (size_t i = 0; i < list->count; i++)
		if (addr_equal(&list->items[i].address.addr, gateway))
			return true;
	return false;
}

static int check_family(struct netlink *host, const struct link *link, int family,
			const struct result *result, struct cni_error *err)
{
	cleanup_ifaddrs struct ifaddrs present = { 0 };
	cleanup_routes struct kernel_routes routes = { 0 };
	int r;

	r = ifaddr_list(host, link->index, family, &present) ?: route_list(host, family, &routes);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look at %s on the host",
				link->name);
	for (size_t i = 0; i < result->ip_count; i++) {
		const struct result_ip *ip = &result->ips[i];
		const struct prefix dst = prefix_host(&ip->address.addr);
		char text[PREFIX_TEXT];

		if (ip->address.addr.family != family)
			continue;
		if (addr_is_set(&ip->gateway) && !has_gateway(&present, &ip->gateway))
			return check_fail(err, "gateway address %s is missing on %s",
					  addr_print(&ip->gateway, text), link->name);
		if (!has_host_route(&routes, link->index, &dst))
			return check_fail(err, "the host's route to %s through %s is missing",
					  prefix_print(&dst, text), link->name);
	}
	return check_forwarding(family, err);
}

int host_check(struct netlink *host, const struct link *link, const struct result *result,
	       struct cni_error *err)
{
	int r = 0;

	for (size_t i = 0; i < array_size(families) && r == 0; i++)
		if (has_family(result, families[i]))
			r = check_family(host, link, families[i], result, err);
	return r;
}
