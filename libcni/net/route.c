/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how routes are listed, added and removed. */
#include "net/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/alloc.h"

struct wanted {
	int family;
	struct kernel_routes routes;
};

void kernel_routes_release(struct kernel_routes *routes)
{
	free(routes->items);
	*routes = (struct kernel_routes){ 0 };
}

static void forget_routes(void *data)
{
	struct wanted *wanted = data;

	wanted->routes.count = 0;
}

static void add_route(struct wanted *wanted, const struct kernel_route *route)
{
	wanted->routes.items = xgrow(wanted->routes.items, wanted->routes.count, sizeof(*route));
	wanted->routes.items[wanted->routes.count++] = *route;
}

static uint32_t get_u32(struct nlattr *attr)
{
	return attr && nla_len(attr) >= (int)sizeof(uint32_t) ? nla_get_u32(attr) : 0;
}

static struct addr get_addr(struct nlattr *attr, int family)
{
	struct addr addr = { 0 };

	if (attr && nla_len(attr) >= (int)family_size(family)) {
		addr.family = (uint8_t)family;
		memcpy(addr.bytes, nla_data(attr), family_size(family));
	}
	return addr;
}

/* The gateway stands in RTA_GATEWAY, or in RTA_VIA where its family is not that of the route. */
static struct addr get_gateway(struct nlattr *const *attrs, int family)
{
	struct addr addr = { 0 };
	struct nlattr *attr = attrs[RTA_VIA];
	const struct rtvia *via;

	if (!attr)
		return get_addr(attrs[RTA_GATEWAY], family);
	via = nla_data(attr);
	if (nla_len(attr) < (int)sizeof(*via) ||
	    (via->rtvia_family != AF_INET && via->rtvia_family != AF_INET6) ||
	    nla_len(attr) < (int)(sizeof(*via) + family_size(via->rtvia_family)))
		return addr;
	addr.family = (uint8_t)via->rtvia_family;
	memcpy(addr.bytes, via->rtvia_addr, family_size(addr.family));
	return addr;
}

static void add_hops(struct wanted *wanted, const struct kernel_route *route,
		     struct nlattr *multipath)
{
	const char *next = nla_data(multipath);
	size_t rest = (size_t)nla_len(multipath);

	while (rest >= sizeof(struct rtnexthop)) {
		const struct rtnexthop *hop = (const struct rtnexthop *)(const void *)next;
		struct nlattr *attrs[RTA_MAX + 1];
		struct kernel_route one = *route;
		size_t size = NLMSG_ALIGN(hop->rtnh_len);

		if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > rest)
			return;
		if (nla_parse(attrs, RTA_MAX, (struct nlattr *)RTNH_DATA(hop),
			      (int)(hop->rtnh_len - sizeof(*hop)), NULL) < 0)
			return;
		one.link = hop->rtnh_ifindex;
		one.gateway = get_gateway(attrs, route->dst.addr.family);
		add_route(wanted, &one);
		if (size >= rest)
			return;
		next += size;
		rest -= size;
	}
}

static void get_metrics(struct nlattr *metrics, struct kernel_route *route)
{
	struct nlattr *attrs[RTAX_MAX + 1];

	if (!metrics || nla_parse_nested(attrs, RTAX_MAX, metrics, NULL) < 0)
		return;
	route->mtu = get_u32(attrs[RTAX_MTU]);
	route->advmss = get_u32(attrs[RTAX_ADVMSS]);
}

static int take_route(const struct nlmsghdr *answer, void *data)
{
	const struct rtmsg *header = nlmsg_data(answer);
	struct wanted *wanted = data;
	struct nlattr *attrs[RTA_MAX + 1];
	struct kernel_route route = { 0 };

	if (answer->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse((struct nlmsghdr *)answer, sizeof(*header), attrs, RTA_MAX, NULL) < 0)
		return -EBADMSG;
	if (header->rtm_family != wanted->family || header->rtm_type != RTN_UNICAST ||
	    header->rtm_flags & RTM_F_CLONED || header->rtm_dst_len > family_bits(wanted->family))
		return 0;
	route.dst.addr = get_addr(attrs[RTA_DST], wanted->family);
	route.dst.addr.family = (uint8_t)wanted->family; /* a default route has no RTA_DST */
	route.dst.len = header->rtm_dst_len;
	route.gateway = get_gateway(attrs, wanted->family);
	route.source = get_addr(attrs[RTA_PREFSRC], wanted->family);
	route.link = (int)get_u32(attrs[RTA_OIF]);
	route.table = attrs[RTA_TABLE] ? get_u32(attrs[RTA_TABLE]) : header->rtm_table;
	route.scope = header->rtm_scope;
	route.priority = get_u32(attrs[RTA_PRIORITY]);
	get_metrics(attrs[RTA_METRICS], &route);
	if (attrs[RTA_MULTIPATH])
		add_hops(wanted, &route, attrs[RTA_MULTIPATH]);
	else
		add_route(wanted, &route);
	return 0;
}

int route_list(struct netlink *nl, int family, struct kernel_routes *ret)
{
	const struct rtmsg header = { .rtm_family = (uint8_t)family };
	struct wanted wanted = { .family = family };
	int r = netlink_list(nl, netlink_request(RTM_GETROUTE, 0, &header, sizeof(header)),
			     take_route, forget_routes, &wanted);

	if (r < 0) {
		kernel_routes_release(&wanted.routes);
		return r;
	}
	*ret = wanted.routes;
	return 0;
}

static void put_gateway(struct nl_msg *msg, const struct kernel_route *route)
{
	const struct addr *gateway = &route->gateway;
	const int size = (int)family_size(gateway->family);
	struct nlattr *attr;
	struct rtvia *via;

	if (gateway->family == route->dst.addr.family) {
		nla_put(msg, RTA_GATEWAY, size, gateway->bytes);
		return;
	}
	attr = nla_reserve(msg, RTA_VIA, (int)sizeof(*via) + size);
	if (!attr)
		return;
	via = nla_data(attr);
	via->rtvia_family = gateway->family;
	memcpy(via->rtvia_addr, gateway->bytes, (size_t)size);
}

static void put_metrics(struct nl_msg *msg, const struct kernel_route *route)
{
	struct nlattr *metrics;

	if (!route->mtu && !route->advmss)
		return;
	metrics = nla_nest_start(msg, RTA_METRICS);
	if (route->mtu)
		nla_put_u32(msg, RTAX_MTU, route->mtu);
	if (route->advmss)
		nla_put_u32(msg, RTAX_ADVMSS, route->advmss);
	nla_nest_end(msg, metrics);
}

struct nl_msg *route_add_request(const struct kernel_route *route)
{
	const uint32_t table = route->table ? route->table : RT_TABLE_MAIN;
	const int family = route->dst.addr.family;
	const struct rtmsg header = {
		.rtm_family = (uint8_t)family,
		.rtm_dst_len = route->dst.len,
		.rtm_table = table < 256 ? (uint8_t)table : RT_TABLE_UNSPEC,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = route->scope,
		.rtm_type = RTN_UNICAST,
	};
	struct nl_msg *msg = netlink_request(RTM_NEWROUTE, NLM_F_CREATE, &header, sizeof(header));

	nla_put_u32(msg, RTA_TABLE, table);
	if (route->dst.len > 0)
		nla_put(msg, RTA_DST, (int)family_size(family), route->dst.addr.bytes);
	if (addr_is_set(&route->gateway))
		put_gateway(msg, route);
	if (addr_is_set(&route->source))
		nla_put(msg, RTA_PREFSRC, (int)family_size(family), route->source.bytes);
	if (route->link > 0)
		nla_put_u32(msg, RTA_OIF, (uint32_t)route->link);
	if (route->priority > 0)
		nla_put_u32(msg, RTA_PRIORITY, route->priority);
	put_metrics(msg, route);
	return msg;
}
