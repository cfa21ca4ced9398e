/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which changes lead from one lease to the next. */
#include "settle.h"

#include <errno.h>

#include "net/announce.h"
#include "net/ifaddr.h"
#include "net/netlink.h"
#include "net/route.h"
#include "plugin/interface.h"

static bool is_same_route(const struct route *a, const struct route *b)
{
	return prefix_equal(&a->dst, &b->dst) && addr_equal(&a->gw, &b->gw) &&
	       a->priority == b->priority && a->scope == b->scope && a->mtu == b->mtu;
}

bool settle_is_same(const struct result *a, const struct result *b)
{
	if (!prefix_equal(&a->ips[0].address, &b->ips[0].address) ||
	    a->route_count != b->route_count)
		return false;
	for (size_t i = 0; i < a->route_count; i++)
		if (!is_same_route(&a->routes[i], &b->routes[i]))
			return false;
	return true;
}

static struct kernel_route plan(const struct spot_visit *visit, const struct result *result,
				size_t i)
{
	const struct interface_spec spec = { .link = visit->link.index, .result_index = -1 };

	return interface_plan_route(&spec, result, &result->routes[i]);
}

/* Routes by a gateway go with the address that reaches it; those of another metric may not. */
static int take_off(struct spot_visit *visit, const struct result *before,
		    struct netlink_batch *batch)
{
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < before->route_count; i++) {
		const struct kernel_route route = plan(visit, before, i);
		int r = route_delete(&visit->nl, &route);

		if (r < 0)
			return r;
	}
	netlink_batch_add(batch, ifaddr_delete_request(visit->link.index, &before->ips[0].address),
			  EADDRNOTAVAIL, "remove address %s",
			  prefix_print(&before->ips[0].address, text));
	return 0;
}

static void put_on(struct spot_visit *visit, const struct result *after,
		   struct netlink_batch *batch)
{
	const struct ifaddr_spec spec = { .link = visit->link.index,
					  .address = after->ips[0].address };
	char text[PREFIX_TEXT];

	netlink_batch_add(batch, ifaddr_add_request(&spec), EEXIST, "add address %s",
			  prefix_print(&spec.address, text));
	for (size_t i = 0; i < after->route_count; i++) {
		const struct kernel_route route = plan(visit, after, i);

		netlink_batch_add(batch, route_add_request(&route), EEXIST, "add route to %s",
				  prefix_print(&route.dst, text));
	}
}

/* Neighbours may know the address under the MAC of who had it before. */
static void announce(const struct spot_visit *visit, const struct addr *addr)
{
	cleanup_close int fd = announce_open();

	if (fd >= 0)
		ignore(announce_address(fd, visit->link.index, visit->link.mac,
					addr)); /* they find out in some seconds */
}

int settle(struct spot_visit *visit, const struct result *before, const struct result *after,
	   struct cni_error *err)
{
	cleanup_batch struct netlink_batch batch = { 0 };
	const char *what = "remove a route";
	int r = 0;

	if (before)
		r = take_off(visit, before, &batch);
	if (after)
		put_on(visit, after, &batch);
	if (r == 0)
		r = netlink_batch_run(&visit->nl, &batch, &what);
	if (r < 0)
		return netlink_fail(&visit->nl, err, r, "%s: failed to %s", visit->link.name, what);
	if (after)
		announce(visit, &after->ips[0].address.addr);
	return 0;
}
