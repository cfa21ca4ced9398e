/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"
#include "types/addr.h"

/* The protocol of what sbr makes, so that it is known again; `ip route` and `ip rule` show it. */
enum { ROUTE_BY_SOURCE = 193 };

struct kernel_route {
	struct prefix dst;	     /* host bits are sent as they are */
	struct addr gateway, source; /* AF_UNSPEC: none */
	int link;		     /* output device; 0: none */
	uint32_t table;		     /* RT_TABLE_*; 0 counts as main */
	uint8_t scope;		     /* RT_SCOPE_* */
	uint8_t protocol;	     /* RTPROT_*: who made it; new ones: 0 counts as boot */
	uint32_t priority;	     /* metric, 0: the kernel's default */
	uint32_t mtu, advmss;	     /* bytes, 0: none */
	bool onlink;		     /* the gateway is on the link, whatever other routes say */
	bool is_hop;		     /* one of the next hops of a multipath route; not sent */
};

struct kernel_routes {
	struct kernel_route *items;
	size_t count;
};

#define cleanup_routes cleanup_with(kernel_routes_release)

/* Main-table and other unicast routes of a family (multipath: one entry per next hop). */
int route_list(struct netlink *nl, int family, struct kernel_routes *ret) must_check;
void kernel_routes_add(struct kernel_routes *routes, const struct kernel_route *route);
void kernel_routes_release(struct kernel_routes *routes);

/*
 * Protocol boot, type unicast, no replacing of an equal route (EEXIST); a second gateway is
 * another route.
 */
struct nl_msg *route_add_request(const struct kernel_route *route) must_check;

/*
 * One route at once; with `replace` in the place of one to the same network of the same metric,
 * else EEXIST when there is one.
 */
int route_put(struct netlink *nl, const struct kernel_route *route, bool replace) must_check;

/* Behind others to the same network, which stay; EEXIST when there is this very route. */
int route_append(struct netlink *nl, const struct kernel_route *route) must_check;

/* The route that route_list() told of; 0 also when it is gone. */
int route_delete(struct netlink *nl, const struct kernel_route *route) must_check;
