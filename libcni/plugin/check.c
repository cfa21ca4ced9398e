/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be true in a container after ADD, and how to say that it is not. */
#include "plugin/check.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "net/ifaddr.h"
#include "net/node.h"
#include "net/route.h"
#include "net/sysctl.h"
#include "plugin/interface.h"

int check_fail(struct cni_error *err, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int r;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	r = cni_fail(err, CNI_ERR_CHECK, 0, "%s", text);
	cni_error_details(
		err,
		"something changed it after ADD; DEL and ADD the container's network to restore it");
	free(text);
	return r;
}

int check_prev_result(const struct cni_call *call, struct result *ret, struct cni_error *err)
{
	int r = netconf_prev_result(&call->conf, ret, err);

	if (r == 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "Required prevResult missing");
	return r < 0 ? r : 0;
}

/* The result's entry for CNI_IFNAME in CNI_NETNS, by whatever path; its index in *ret_index. */
static int find_interface(const struct cni_call *call, const struct result *prev, int *ret_index,
			  struct cni_error *err)
{
	const char *found = "";

	for (size_t i = 0; i < prev->interface_count; i++) {
		const struct result_interface *interface = &prev->interfaces[i];

		if (!text_equal(interface->name, call->ifname))
			continue;
		found = interface->sandbox ? interface->sandbox : "";
		if (text_equal(found, call->netns) ||
		    (*found && node_is_at_both(found, call->netns))) {
			*ret_index = (int)i;
			return 0;
		}
	}
	return cni_fail(err, CNI_ERR_INTERNAL, 0,
			"Sandbox in prevResult %s doesn't match configured netns: %s", found,
			call->netns);
}

static int get_container_link(struct netlink *nl, const char *name, struct link *ret,
			      struct cni_error *err)
{
	int r = link_get(nl, name, ret);

	if (r == -ENODEV)
		return check_fail(err, "interface %s does not exist in the container", name);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up %s in the container",
				name);
	return 0;
}

static int check_link(const struct link *link, const struct check_spec *spec,
		      const struct result_interface *expected, struct cni_error *err)
{
	char mac[MAC_TEXT];

	if (spec->kind && !text_equal(link->kind, spec->kind))
		return check_fail(err, "interface %s in the container is no %s but %s", link->name,
				  spec->kind, *link->kind ? link->kind : "a device");
	if (expected->mac && strcasecmp(expected->mac, mac_print(link->mac, mac)) != 0)
		return check_fail(err, "interface %s in the container has MAC %s instead of %s",
				  link->name, mac, expected->mac);
	if (!spec->stays_down && !(link->flags & IFF_UP))
		return check_fail(err, "interface %s in the container is down", link->name);
	return 0;
}

static int check_addresses(struct netlink *nl, const struct link *link, const struct result *prev,
			   struct cni_error *err)
{
	cleanup_ifaddrs struct ifaddrs list = { 0 };
	int r = ifaddr_list(nl, link->index, AF_UNSPEC, &list);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to list the addresses of %s",
				link->name);
	for (size_t i = 0; i < prev->ip_count; i++) {
		char text[PREFIX_TEXT];

		if (!ifaddrs_contain(&list, &prev->ips[i].address))
			return check_fail(err, "address %s is missing on %s in the container",
					  prefix_print(&prev->ips[i].address, text), link->name);
	}
	return 0;
}

/* A plugin behind this one moves routes from the main table: sbr those it marks, vrf all. */
static bool is_in_its_table(const struct kernel_route *have, const struct kernel_route *want,
			    bool in_vrf)
{
	const uint32_t table = want->table ? want->table : RT_TABLE_MAIN;

	return have->table == table || (table == RT_TABLE_MAIN && have->link == want->link &&
					(in_vrf || have->protocol == ROUTE_BY_SOURCE));
}

/* What the kernel calls a route, beside which it cannot have an equal one. */
static bool is_same_route(const struct kernel_route *have, const struct kernel_route *want)
{
	const struct prefix network = prefix_network(
		&want->dst); /* host bits are the kernel's to drop */

	return prefix_equal(&have->dst, &network) &&
	       (!addr_is_set(&want->gateway) || addr_equal(&have->gateway, &want->gateway));
}

/* Without a metric the kernel's own: IP6_RT_PRIO_USER of its include/net/ip6_fib.h. */
static bool has_same_metrics(const struct kernel_route *have, const struct kernel_route *want)
{
	enum { IPV6_METRIC = 1024 };
	const uint32_t metric = want->priority || want->dst.addr.family == AF_INET ? want->priority
										   : IPV6_METRIC;

	return have->priority == metric && (!want->mtu || have->mtu == want->mtu) &&
	       (!want->advmss || have->advmss == want->advmss);
}

static int check_route(const struct kernel_routes *routes, const struct kernel_route *want,
		       bool in_vrf, struct cni_error *err)
{
	bool is_there = false;
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < routes->count; i++) {
		if (!is_in_its_table(&routes->items[i], want, in_vrf) ||
		    !is_same_route(&routes->items[i], want))
			continue;
		if (has_same_metrics(&routes->items[i], want))
			return 0;
		is_there = true;
	}
	(void)prefix_print(&want->dst, text);
	return is_there ? check_fail(err, "route to %s in the container has another metric or MTU",
				     text)
			: check_fail(err, "route to %s is missing in the container", text);
}

static int check_routes_of(struct netlink *nl, int family, const struct interface_spec *spec,
			   bool in_vrf, const struct result *prev, struct cni_error *err)
{
	cleanup_routes struct kernel_routes routes = { 0 };
	bool listed = false;
	int r;

	for (size_t i = 0; i < prev->route_count; i++) {
		const struct kernel_route want = interface_plan_route(spec, prev, &prev->routes[i]);

		if (want.dst.addr.family != family)
			continue;
		if (!listed) {
			r = route_list(nl, family, &routes);
			if (r < 0)
				return cni_fail(err, CNI_ERR_LINK, -r,
						"failed to list the routes of the container");
			listed = true;
		}
		r = check_route(&routes, &want, in_vrf, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* 1 when this is it, 0 when not: then *ret stays as it is. */
static int is_host_end(struct attach *at, const char *name, const struct link *container,
		       struct link *ret)
{
	struct link link;
	int r = link_get(&at->host, name, &link);

	if (r == -ENODEV ||
	    (r == 0 && (!text_equal(link.kind, "veth") || link.peer != container->index)))
		return 0;
	if (r == 0)
		r = attach_get_peer(at, &link);
	if (r < 0)
		return r == -ENODEV ? 0 : r;
	*ret = link;
	return 1;
}

int host_end_find(struct attach *at, const struct result *prev, const struct link *container,
		  struct link *ret, const struct result_interface **ret_expected)
{
	for (size_t i = 0; i < prev->interface_count; i++) {
		const struct result_interface *interface = &prev->interfaces[i];
		int r = interface->sandbox ? 0 : signals_in_turn(i);

		if (r == 0 && !interface->sandbox)
			r = is_host_end(at, interface->name, container, ret);
		if (r == 0)
			continue;
		*ret_expected = interface;
		return r;
	}
	return 0;
}

int check_host_end(struct attach *at, const struct result *prev, const struct link *container,
		   struct link *ret, const struct result_interface **ret_expected,
		   struct cni_error *err)
{
	int r = host_end_find(at, prev, container, ret, ret_expected);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look for the host end of %s",
				container->name);
	if (r > 0)
		return 0;
	return check_fail(err, "no interface of prevResult on the host is the host end of %s",
			  container->name);
}

int check_loopback(struct attach *at, struct cni_error *err)
{
	struct link lo;
	int r = attach_open_container(at, err)
			?: get_container_link(&at->container, "lo", &lo, err);

	if (r < 0 || (lo.flags & IFF_UP))
		return r;
	r = cni_fail(err, CNI_ERR_CHECK, 0, "loopback interface is down");
	cni_error_details(err, "set it up in the container: ip link set lo up");
	return r;
}

int check_forwarding(int family, struct cni_error *err)
{
	int r;

	if (sysctl_get_forwarding(family) != 0)
		return 0;
	r = cni_fail(err, CNI_ERR_CHECK, 0, "IPv%d forwarding is off on the host",
		     family == AF_INET ? 4 : 6);
	cni_error_details(err, "switch it on: sysctl -w %s=1",
			  family == AF_INET ? "net.ipv4.ip_forward"
					    : "net.ipv6.conf.all.forwarding");
	return r;
}

int check_container(struct attach *at, const struct cni_call *call, const struct check_spec *spec,
		    const struct result *prev, struct link *ret_link, struct cni_error *err)
{
	struct interface_spec made = { 0 };
	struct link link;
	bool in_vrf;
	int index = 0;
	int r;

	r = find_interface(call, prev, &index, err)
		    ?: attach_open_container(at, err)
		    ?: get_container_link(&at->container, call->ifname, &link, err)
		    ?: check_link(&link, spec, &prev->interfaces[index], err)
		    ?: check_addresses(&at->container, &link, prev, err);
	if (r < 0)
		return r;
	made = (struct interface_spec){ .link = link.index, .result_index = index };
	in_vrf = text_equal(link.port_kind, "vrf");
	r = check_routes_of(&at->container, AF_INET, &made, in_vrf, prev, err)
		    ?: check_routes_of(&at->container, AF_INET6, &made, in_vrf, prev, err);
	if (r == 0)
		*ret_link = link;
	return r;
}
