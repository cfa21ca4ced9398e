/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which way the host sends packets for a container, and by which it sends those of containers. */
#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"

static bool is_routed(const struct network_list *list)
{
	return list_wants_gateway(list) || list_wants(list, "ipMasq") ||
	       list_find_type(list, "ptp");
}

/* Another port of the same Open vSwitch bridge: its gateway is one. */
static bool is_on_same_switch(const struct exam *exam, const struct space_link *link)
{
	const struct space *host = &exam->network->picture->spaces[0];
	int at = space_find_index(host, exam->port->link.master);

	return at >= 0 && host->links[at].is_switch &&
	       (link == &host->links[at] || link->link.master == exam->port->link.master);
}

/* Which the switch need not answer for. */
static bool is_in_result(const struct exam *exam, const struct space_link *link)
{
	for (size_t i = 0; i < exam->result->interface_count; i++)
		if (text_is_empty(exam->result->interfaces[i].sandbox) &&
		    text_equal(exam->result->interfaces[i].name, link->link.name))
			return true;
	return false;
}

/* The bridge, one of its VLANs' links, or the host's end. */
static bool is_own_link(const struct exam *exam, const struct space_link *link)
{
	const char *bridge = exam->bridge ? exam->bridge->link.name : "";
	size_t size = strlen(bridge);

	if (link == exam->port || link == exam->bridge || is_on_same_switch(exam, link) ||
	    is_in_result(exam, link))
		return true;
	return size && strncmp(link->link.name, bridge, size) == 0 && link->link.name[size] == '.';
}

/* The narrowest route of the host that leads there by the link. */
static const struct kernel_route *find_route(const struct exam *exam, const struct addr *addr,
					     int link)
{
	const struct space *host = &exam->network->picture->spaces[0];
	const struct kernel_routes *routes = addr->family == AF_INET6 ? &host->routes6
								      : &host->routes4;
	const struct kernel_route *best = NULL;

	for (size_t i = 0; i < routes->count; i++) {
		const struct kernel_route *route = &routes->items[i];

		if (route->link == link && route->table == RT_TABLE_MAIN &&
		    prefix_contains(&route->dst, addr) && (!best || route->dst.len > best->dst.len))
			best = route;
	}
	return best;
}

static int complain_elsewhere(const struct exam *exam, const struct addr *addr,
			      const struct space_link *to)
{
	const struct kernel_route *route = find_route(exam, addr, to->link.index);
	cleanup_free char *word = foreign_word(to->link.name);
	char text[ADDR_TEXT], dst[PREFIX_TEXT];
	struct finding *finding;
	char *fix = xstrdup("");

	if (route && !prefix_is_default(&route->dst)) {
		free(fix);
		fix = xasprintf("ip%s route del %s dev %s", addr->family == AF_INET6 ? " -6" : "",
				prefix_print(&route->dst, dst), word);
	}
	finding = findings_add(exam->network->findings, HOST_ROUTE_WRONG, fix,
			       "the host sends packets for %s, which is %s in %s, to %s",
			       addr_print(addr, text), exam->link->link.name, exam->space->name,
			       to->link.name);
	if (!route || prefix_is_default(&route->dst))
		finding_advise(finding,
			       xstrdup("`ip route get` and `ip rule` tell which route does so"));
	return 1;
}

struct dead_search {
	const struct addr *addr;
	struct dead_route found;
};

static int take_dead(const struct dead_route *route, void *data)
{
	struct dead_search *search = data;

	if (prefix_contains(&route->dst, search->addr) &&
	    (!search->found.type || route->dst.len >= search->found.dst.len))
		search->found = *route;
	return 0;
}

static char *dead_command(const struct dead_route *route)
{
	char dst[PREFIX_TEXT];

	return xasprintf("ip%s route del %s %s metric %u",
			 route->dst.addr.family == AF_INET6 ? " -6" : "", route->type,
			 prefix_print(&route->dst, dst), route->priority);
}

static int exam_dead(const struct exam *exam, struct netlink *route, const struct addr *addr)
{
	struct dead_search search = { .addr = addr };
	char text[ADDR_TEXT], dst[PREFIX_TEXT];

	if (dead_route_each(route, addr->family, take_dead, &search) < 0 || !search.found.type)
		return 0;
	findings_add(exam->network->findings, HOST_ROUTE_WRONG, dead_command(&search.found),
		     "the host has the route %s %s, so nothing reaches %s, which is %s in %s",
		     search.found.type, prefix_print(&search.found.dst, dst),
		     addr_print(addr, text), exam->link->link.name, exam->space->name);
	return 1;
}

static int exam_address(const struct exam *exam, struct netlink *route, const struct addr *addr)
{
	const struct space *host = &exam->network->picture->spaces[0];
	int link = way_find(route, addr);
	int at = space_find_index(host, link);

	if (link == -EINVAL || link == -EACCES || link == -EHOSTUNREACH || link == -ENETUNREACH)
		return exam_dead(exam, route, addr);
	if (at < 0 || is_own_link(exam, &host->links[at]))
		return 0;
	return complain_elsewhere(exam, addr, &host->links[at]);
}

int exam_way(const struct exam *exam)
{
	cleanup_netlink struct netlink route = NETLINK_CLOSED;
	int found = 0;

	if (!exam->port || !is_routed(exam->list) ||
	    findings_have(exam->network->findings, SUBNET_SHARED) ||
	    netlink_open(&route, NETLINK_ROUTE) < 0)
		return 0;
	for (size_t i = 0; i < exam->result->ip_count; i++)
		found |= exam_address(exam, &route, &exam->result->ips[i].address.addr);
	return found;
}

/* ---- the way out */

static bool is_down(const struct space_link *link)
{
	return !(link->link.flags & IFF_UP) || !(link->link.flags & IFF_RUNNING);
}

/* A link that could be the way out, and that somebody has switched off: its routes have gone. */
static const struct space_link *find_switched_off(const struct space *host)
{
	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *link = &host->links[i];

		if (!(link->link.flags & (IFF_UP | IFF_LOOPBACK)) && link->addresses.count &&
		    !link->network && !text_equal(link->link.kind, "bridge"))
			return link;
	}
	return NULL;
}

static int take_default(const struct dead_route *route, void *data)
{
	if (!prefix_is_default(&route->dst))
		return 0;
	*(struct dead_route *)data = *route;
	return 1;
}

static bool exam_dead_default(struct network *network)
{
	cleanup_netlink struct netlink route = NETLINK_CLOSED;
	struct dead_route dead;

	if (netlink_open(&route, NETLINK_ROUTE) < 0 ||
	    dead_route_each(&route, AF_INET, take_default, &dead) != 1)
		return false;
	findings_add(network->findings, UPLINK_DOWN, dead_command(&dead),
		     "the host's default route is of the type %s", dead.type);
	return true;
}

static bool has_subnet(const struct space_link *link)
{
	for (size_t i = 0; i < link->addresses.count; i++) {
		const struct ifaddr *item = &link->addresses.items[i];

		if (item->address.addr.family == AF_INET && item->address.len < 32 &&
		    item->scope == RT_SCOPE_UNIVERSE)
			return true;
	}
	return false;
}

/* Hardware has no kind. A veth may lead to anything, as to a neighbour without a way further. */
static bool is_cable(const struct picture *picture, const struct space_link *link)
{
	static const char *const kinds[] = { "", "bond", "team", "vlan" };
	int lower = picture_find_lower(picture, 0, link);

	if (lower >= 0 && text_equal(picture->spaces[0].links[lower].link.kind, "bridge"))
		return false;
	for (size_t i = 0; i < array_size(kinds); i++)
		if (text_equal(link->link.kind, kinds[i]))
			return true;
	return false;
}

/* Up, with a subnet of its own, and by which IPv6 leaves the host, or that is for nothing else. */
static const struct space_link *find_way_out(const struct picture *picture)
{
	const struct space *host = &picture->spaces[0];
	const struct space_link *of_six = picture_uplink(picture, AF_INET6);

	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *link = &host->links[i];

		if (!(link->link.flags & IFF_LOOPBACK) && !is_down(link) && !link->network &&
		    !link->is_switch && link->link.master == 0 && has_subnet(link) &&
		    (link == of_six || is_cable(picture, link)))
			return link;
	}
	return NULL;
}

static void exam_no_default(struct network *network, const struct space_link *link)
{
	cleanup_free char *word = foreign_word(link->link.name);

	finding_advise(findings_add(network->findings, UPLINK_DOWN, xstrdup(""),
				    "the host has no default route, and %s is up", link->link.name),
		       xasprintf("let what manages the host's network add one: ip route add "
				 "default via ROUTER dev %s",
				 word));
}

void exam_uplink(struct network *network)
{
	const struct space *host = &network->picture->spaces[0];
	const struct space_link *uplink = picture_uplink(network->picture, AF_INET);
	const struct space_link *candidate;

	if (!list_wants(network->list, "ipMasq"))
		return;
	if (!uplink && exam_dead_default(network))
		return;
	if (uplink && !is_down(uplink))
		return;
	if (!uplink)
		uplink = find_switched_off(host);
	if (!uplink && (candidate = find_way_out(network->picture)))
		exam_no_default(network, candidate);
	if (!uplink)
		return;
	finding_advise(findings_add(network->findings, UPLINK_DOWN, xstrdup(""),
				    "%s, by which packets leave the host, is %s", uplink->link.name,
				    uplink->link.flags & IFF_UP ? "without a carrier" : "down"),
		       xstrdup("bring it up with what manages the host's network, which also "
			       "brings its routes back"));
}
