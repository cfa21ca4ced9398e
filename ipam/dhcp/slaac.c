/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how an address of an advertisement looks in the kernel. */
#include "slaac.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/deadline.h"
#include "net/attach.h"
#include "net/ifaddr.h"
#include "net/netns.h"
#include "net/route.h"

enum { ADVERTISEMENT_MS = 5000 };

static bool is_advertised(const struct ifaddr *item)
{
	return item->scope == RT_SCOPE_UNIVERSE && !(item->flags & IFA_F_PERMANENT);
}

/* Adds the addresses that can be used: how many; -EAGAIN while one is being checked. */
static int add_addresses(struct attach *at, int link, const struct addr *router,
			 struct result *result)
{
	cleanup_ifaddrs struct ifaddrs list = { 0 };
	int r = ifaddr_list(&at->container, link, AF_INET6, &list);
	int count = 0;

	for (size_t i = 0; r == 0 && i < list.count; i++)
		if (is_advertised(&list.items[i]) && (list.items[i].flags & IFA_F_TENTATIVE))
			return -EAGAIN;
	for (size_t i = 0; r == 0 && i < list.count; i++) {
		struct result_ip *ip;

		if (!is_advertised(&list.items[i]) || (list.items[i].flags & IFA_F_DADFAILED))
			continue;
		ip = result_add_ip(result);
		ip->address = list.items[i].address;
		ip->gateway = *router;
		count++;
	}
	return r < 0 ? r : count;
}

/* The router of the advertisement; none when it does not want to be one. */
static struct addr find_router(struct attach *at, int link)
{
	cleanup_routes struct kernel_routes routes = { 0 };

	if (route_list(&at->container, AF_INET6, &routes) == 0)
		for (size_t i = 0; i < routes.count; i++)
			if (routes.items[i].link == link && routes.items[i].dst.len == 0 &&
			    routes.items[i].protocol == RTPROT_RA)
				return routes.items[i].gateway;
	return (struct addr){ 0 };
}

static int is_address(const struct nlmsghdr *message, void *data)
{
	(void)data;
	return message->nlmsg_type == RTM_NEWADDR || message->nlmsg_type == RTM_DELADDR;
}

static int subscribe(const struct attach *at, struct netlink *ret, struct cni_error *err)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;

	return netns_enter(&visit, at->netns, err)
		       ?: netlink_subscribe(ret, NETLINK_ROUTE, RTNLGRP_IPV6_IFADDR);
}

static int wait_for_addresses(struct attach *at, int link, struct result *result,
			      struct cni_error *err)
{
	cleanup_netlink struct netlink notifications = NETLINK_CLOSED;
	const struct deadline deadline = deadline_in(ADVERTISEMENT_MS);
	int r = subscribe(at, &notifications, err);

	while (r == 0) {
		const struct addr router = find_router(at, link);

		r = add_addresses(at, link, &router, result);
		if (r > 0)
			return 0;
		if (r == 0 || r == -EAGAIN)
			r = netlink_wait(&notifications, deadline, is_address, NULL);
	}
	return r;
}

int slaac_add(const struct cni_call *call, struct result *result, struct cni_error *err)
{
	cleanup_attach struct attach at = ATTACH_CLOSED;
	struct link link;
	int r = attach_open(&at, call->netns, call->allow_own_netns, err)
			?: attach_open_container(&at, err)
			?: link_get(&at.container, call->ifname, &link)
			?: wait_for_addresses(&at, link.index, result, err);

	if (r == 0)
		return 0;
	(void)cni_fail(err, CNI_ERR_TRY_LATER, -r, "ipv6: %s got no address of an advertisement",
		       call->ifname);
	cni_error_details(err,
			  "is there a router that advertises a prefix, and has the interface's "
			  "plugin \"acceptRA\": true?");
	return r;
}
