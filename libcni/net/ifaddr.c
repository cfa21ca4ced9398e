/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how addresses of links are listed, added, removed and waited for. */
#include "net/ifaddr.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/route/addr.h>
#include <string.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "net/object.h"

struct wanted {
	int link, family;
	struct ifaddrs list;
};

bool ifaddrs_contain(const struct ifaddrs *list, const struct prefix *address)
{
	for (size_t i = 0; i < list->count; i++)
		if (prefix_equal(&list->items[i].address, address))
			return true;
	return false;
}

void ifaddrs_release(struct ifaddrs *list)
{
	free(list->items);
	*list = (struct ifaddrs){ 0 };
}

static void forget_addresses(void *data)
{
	struct wanted *wanted = data;

	wanted->list.count = 0;
}

/*
 * Filtered again, for kernels that tell more than was asked for. libnl-route's parser takes 3,850
 * instructions for an address, this one 580.
 */
static int take_address(const struct nlmsghdr *answer, void *data)
{
	const struct ifaddrmsg *header = nlmsg_data(answer);
	struct wanted *wanted = data;
	struct nlattr *attrs[IFA_MAX + 1];
	struct nlattr *address;
	struct ifaddr item = { 0 };

	if (answer->nlmsg_type != RTM_NEWADDR ||
	    nlmsg_parse((struct nlmsghdr *)answer, sizeof(*header), attrs, IFA_MAX, NULL) < 0)
		return -EBADMSG;
	if ((header->ifa_family != AF_INET && header->ifa_family != AF_INET6) ||
	    (wanted->family != AF_UNSPEC && header->ifa_family != wanted->family) ||
	    (wanted->link && (int)header->ifa_index != wanted->link))
		return 0;
	address = attrs[IFA_LOCAL] ? attrs[IFA_LOCAL] : attrs[IFA_ADDRESS];
	if (!address || nla_len(address) < (int)family_size(header->ifa_family) ||
	    header->ifa_prefixlen > family_bits(header->ifa_family))
		return 0;
	item.link = (int)header->ifa_index;
	item.address.addr.family = header->ifa_family;
	memcpy(item.address.addr.bytes, nla_data(address), family_size(header->ifa_family));
	item.address.len = header->ifa_prefixlen;
	item.flags = header->ifa_flags;
	if (attrs[IFA_FLAGS] && nla_len(attrs[IFA_FLAGS]) >= (int)sizeof(uint32_t))
		item.flags = nla_get_u32(attrs[IFA_FLAGS]);
	item.scope = header->ifa_scope;
	wanted->list.items = xgrow(wanted->list.items, wanted->list.count, sizeof(item));
	wanted->list.items[wanted->list.count++] = item;
	return 0;
}

int ifaddr_list(struct netlink *nl, int link, int family, struct ifaddrs *ret)
{
	const struct ifaddrmsg header = { .ifa_family = (uint8_t)family,
					  .ifa_index = (uint32_t)link };
	struct wanted wanted = { .link = link, .family = family };
	int r = netlink_list(nl, netlink_request(RTM_GETADDR, 0, &header, sizeof(header)),
			     take_address, forget_addresses, &wanted);

	if (r < 0) {
		ifaddrs_release(&wanted.list);
		return r;
	}
	*ret = wanted.list;
	return 0;
}

static void drop_object(struct rtnl_addr **object)
{
	rtnl_addr_put(*object);
}

#define cleanup_address cleanup_with(drop_object)

/* libnl-route takes the length 0 for none and builds no request without one: see finish(). */
static struct rtnl_addr *describe(int link, const struct prefix *address)
{
	cleanup_nl_addr struct nl_addr *local = object_addr(&address->addr,
							    address->len ? address->len : 1);
	struct rtnl_addr *object = rtnl_addr_alloc();

	if (!object)
		out_of_memory();
	rtnl_addr_set_ifindex(object, link);
	/* libnl would give 127.0.0.1 the scope of the host. */
	rtnl_addr_set_scope(object, RT_SCOPE_UNIVERSE);
	ignore(rtnl_addr_set_local(object, local)); /* refused only beside a peer's address */
	return object;
}

static struct nl_msg *finish(int r, struct nl_msg *built, const struct prefix *address)
{
	struct nl_msg *msg = object_request(r, built);
	struct ifaddrmsg *header = nlmsg_data(nlmsg_hdr(msg));

	header->ifa_prefixlen = address->len;
	return msg;
}

static void set_broadcast(struct rtnl_addr *object, const struct prefix *address)
{
	const struct addr last = prefix_last(address);
	cleanup_nl_addr struct nl_addr *broadcast = object_addr(&last, family_bits(AF_INET));

	ignore(rtnl_addr_set_broadcast(object, broadcast)); /* it is of the same family */
}

struct nl_msg *ifaddr_add_request(const struct ifaddr_spec *spec)
{
	cleanup_address struct rtnl_addr *object = describe(spec->link, &spec->address);
	struct nl_msg *msg = NULL;
	int r;

	if (spec->address.addr.family == AF_INET && spec->address.len < 31)
		set_broadcast(object, &spec->address);
	if (spec->no_dad && spec->address.addr.family == AF_INET6)
		rtnl_addr_set_flags(object, IFA_F_NODAD);
	if (spec->no_prefix_route)
		rtnl_addr_set_flags(object, IFA_F_NOPREFIXROUTE);
	r = rtnl_addr_build_add_request(object, NLM_F_CREATE | NLM_F_EXCL, &msg);
	return finish(r, msg, &spec->address);
}

struct nl_msg *ifaddr_delete_request(int link, const struct prefix *address)
{
	cleanup_address struct rtnl_addr *object = describe(link, address);
	struct nl_msg *msg = NULL;
	int r = rtnl_addr_build_delete_request(object, 0, &msg);

	return finish(r, msg, address);
}

static int is_about_link(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *header = nlmsg_data(message);
	const int *link = data;

	return (message->nlmsg_type == RTM_NEWADDR || message->nlmsg_type == RTM_DELADDR) &&
	       nlmsg_datalen(message) >= (int)sizeof(*header) && (int)header->ifa_index == *link;
}

/* 0 when settled, 1 while an address is tentative, -errno. */
static int look_for_tentative(struct netlink *nl, int link)
{
	cleanup_ifaddrs struct ifaddrs list = { 0 };
	int result = 0;
	int r = ifaddr_list(nl, link, AF_INET6, &list);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.count; i++) {
		if (list.items[i].flags & IFA_F_DADFAILED)
			return -EADDRINUSE;
		if (list.items[i].flags & IFA_F_TENTATIVE)
			result = 1;
	}
	return result;
}

/* Asking once before listening saves the second socket where nothing is tentative. */
int ifaddr_wait_dad(struct netlink *nl, int link, int timeout_ms)
{
	cleanup_netlink struct netlink notifications = NETLINK_CLOSED;
	struct deadline deadline = deadline_in(timeout_ms);
	int r = look_for_tentative(nl, link);

	if (r <= 0)
		return r;
	r = netlink_listen(nl, &notifications, RTNLGRP_IPV6_IFADDR);
	while (r == 0) {
		r = look_for_tentative(nl, link);
		if (r <= 0)
			return r;
		r = netlink_wait(&notifications, deadline, is_about_link, &link);
	}
	return r;
}
