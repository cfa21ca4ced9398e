/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which requests an attachment cannot do without. */
#include "floor_rules.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/text.h"
#include "floor_links.h"
#include "floor_switch.h"
#include "net/ifaddr.h"
#include "net/link_create.h"
#include "net/netns.h"
#include "net/route.h"

enum { LO_INDEX = 1 };

static const char bridge_name[] = "bench0", host_name[] = "vethfloor", container_name[] = "eth0";

static struct addr addr_of(const char *text)
{
	struct addr addr = { 0 };

	ignore(addr_parse(text, &addr)); /* a constant of ours */
	return addr;
}

/* ---- opening */

static int open_container(struct floors *floors, const char *path)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r;

	floors->container_fd = netns_open(path, NULL);
	if (floors->container_fd < 0)
		return floors->container_fd;
	r = netns_enter(&visit, floors->container_fd, NULL);
	return r < 0 ? r : netlink_open(&floors->container, NETLINK_ROUTE);
}

/* What is closed of it: a DEL closes the sockets of rules. */
static int open_host(struct floors *floors, const char *path)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r;

	if (floors->host_fd < 0)
		floors->host_fd = netns_open(path, NULL);
	if (floors->host_fd < 0)
		return floors->host_fd;
	r = netns_enter(&visit, floors->host_fd, NULL);
	if (r == 0 && floors->host.fd < 0)
		r = netlink_open(&floors->host, NETLINK_ROUTE);
	for (int i = 0; r == 0 && i < FLOOR_RULES; i++)
		if (floors->nft[i].fd < 0)
			r = netlink_open(&floors->nft[i], NETLINK_NETFILTER);
	return r;
}

static int open_between(struct floors *floors)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r;

	floors->between_fd = netns_make();
	if (floors->between_fd < 0)
		return floors->between_fd;
	r = netns_enter(&visit, floors->between_fd, NULL);
	return r < 0 ? r : netlink_open(&floors->between, NETLINK_ROUTE);
}

int floors_open(struct floors *floors, const char *host, const char *container)
{
	int r;

	if (floors->host_path && text_equal(floors->host_path, host) &&
	    text_equal(floors->container_path, container))
		return open_host(floors, host);
	floors_close(floors);
	r = open_host(floors, host);
	if (r == 0)
		r = open_container(floors, container);
	if (r == 0)
		r = open_between(floors);
	if (r < 0)
		return r;
	floors->host_path = xstrdup(host);
	floors->container_path = xstrdup(container);
	return 0;
}

void floors_close(struct floors *floors)
{
	netlink_shut(&floors->host);
	netlink_shut(&floors->container);
	for (int i = 0; i < FLOOR_RULES; i++)
		netlink_shut(&floors->nft[i]);
	netlink_shut(&floors->between);
	close_fd(&floors->host_fd);
	close_fd(&floors->container_fd);
	floor_switch_close(floors->on_switch);
	close_fd(&floors->between_fd);
	free(floors->host_path);
	free(floors->container_path);
	*floors = (struct floors)FLOORS_CLOSED;
}

/* ---- links, addresses, routes */

static int make_pair(struct floors *floors, int master)
{
	const struct attach at = { .netns = floors->container_fd };
	const struct link_spec peer = { .name = container_name, .into = &at };

	return link_create(&floors->host, &(struct link_spec){
						  .name = host_name,
						  .kind = &link_kind_veth,
						  .options = &peer,
						  .master = master,
					  });
}

static void add_address(struct netlink_batch *batch, int link, const struct prefix *address)
{
	const struct ifaddr_spec spec = { .link = link, .address = *address, .no_dad = true };

	netlink_batch_add(batch, ifaddr_add_request(&spec), 0, "address");
}

static void add_route(struct netlink_batch *batch, int link, const struct prefix *dst,
		      const struct addr *gateway)
{
	struct kernel_route route = { .dst = *dst, .link = link };

	route.scope = gateway || dst->addr.family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	if (gateway)
		route.gateway = *gateway;
	netlink_batch_add(batch, route_add_request(&route), 0, "route");
}

static int configure_host(struct floors *floors, const struct floor_spec *spec)
{
	cleanup_batch struct netlink_batch batch = { 0 };
	const char *what;

	netlink_batch_add(&batch,
			  link_change_request(floors->host_index,
					      &(struct link_change){ .on = IFF_UP,
								     .alias = floor_alias }),
			  0, "up");
	for (size_t i = 0; i < FLOOR_FAMILIES && spec->kind == FLOOR_PTP; i++) {
		const struct prefix address = floor_prefix(floor_addressings[i].address);
		const struct prefix dst = prefix_host(&address.addr);
		const struct addr own = addr_of(floor_addressings[i].gateway);
		const struct prefix gateway = prefix_host(&own);

		if (!floor_is_wanted(spec, &floor_addressings[i]))
			continue;
		add_address(&batch, floors->host_index, &gateway);
		add_route(&batch, floors->host_index, &dst, NULL);
	}
	return netlink_batch_run(&floors->host, &batch, &what);
}

static int configure_container(struct floors *floors, const struct floor_spec *spec, int link)
{
	cleanup_batch struct netlink_batch batch = { 0 };
	const char *what;

	for (size_t i = 0; i < FLOOR_FAMILIES; i++) {
		const struct prefix address = floor_prefix(floor_addressings[i].address);

		if (floor_is_wanted(spec, &floor_addressings[i]))
			add_address(&batch, link, &address);
	}
	netlink_batch_add(&batch, link_up_request(LO_INDEX), 0, "lo");
	netlink_batch_add(&batch, link_up_request(link), 0, "up");
	for (size_t i = 0; i < FLOOR_FAMILIES; i++) {
		const struct prefix any = floor_prefix(floor_addressings[i].any);
		const struct addr gateway = addr_of(floor_addressings[i].gateway);

		if (floor_is_wanted(spec, &floor_addressings[i]))
			add_route(&batch, link, &any, &gateway);
	}
	return netlink_batch_run(&floors->container, &batch, &what);
}

/* ---- the whole */

int floors_connect(struct floors *floors, const struct floor_spec *spec)
{
	if (spec->kind != FLOOR_OVS)
		return 0;
	if (!floors->on_switch)
		floors->on_switch = floor_switch_new(spec->socket);
	return floor_switch_connect(floors->on_switch);
}

static int change_source_routing(struct floors *floors, const struct floor_spec *spec, bool add)
{
	int r = 0;

	for (size_t i = 0; i < array_size(floor_addressings) && r == 0; i++) {
		const struct prefix address = floor_prefix(floor_addressings[i].address);
		const struct addr gateway = addr_of(floor_addressings[i].gateway);

		if (!floor_is_wanted(spec, &floor_addressings[i]))
			continue;
		r = add ? floor_add_source_routing(floors, &address, &gateway)
			: floor_remove_source_routing(floors, &address);
	}
	return r;
}

static int add_inside(struct floors *floors, const struct floor_spec *spec)
{
	struct link link = { 0 };
	int r = floor_make_inside(floors, spec->kind)
			?: link_get(&floors->container, container_name, &link)
			?: configure_container(floors, spec, link.index);

	return r < 0 || spec->kind != FLOOR_SBR ? r : change_source_routing(floors, spec, true);
}

static int add_link(struct floors *floors, const struct floor_spec *spec)
{
	struct link link = { 0 };
	int r = spec->kind == FLOOR_BRIDGE ? link_get(&floors->host, bridge_name, &link) : 0;

	if (r == 0)
		r = make_pair(floors, link.index);
	if (r == 0)
		r = link_get(&floors->container, container_name, &link);
	if (r < 0)
		return r;
	floors->host_index = link.peer;
	r = configure_host(floors, spec) ?: configure_container(floors, spec, link.index);
	return r < 0 || spec->kind != FLOOR_OVS ? r
						: floor_switch_join(floors->on_switch, host_name);
}

int floor_add(struct floors *floors, const struct floor_spec *spec)
{
	int r = 0;

	if (spec->kind == FLOOR_LOOPBACK)
		return netlink_call(&floors->container, link_up_request(LO_INDEX));
	if (floor_is_inside(spec->kind))
		return add_inside(floors, spec);
	if (spec->kind != FLOOR_NO_LINK)
		r = add_link(floors, spec);
	for (int rules = 0; r == 0 && rules < FLOOR_RULES; rules++)
		r = floor_rules_add(floors, spec, rules);
	return r;
}

static struct nl_msg *delete_request(int index)
{
	const struct ifinfomsg header = { .ifi_index = index };

	return netlink_request(RTM_DELLINK, 0, &header, sizeof(header));
}

/* Rules first: the kernel tidies them up while it waits for the link. */
static int delete_link(struct floors *floors, const struct floor_spec *spec)
{
	int r = floor_rules_delete(floors, spec, FLOOR_MASQUERADE);

	if (r == 0 && spec->kind != FLOOR_NO_LINK)
		r = netlink_call(&floors->host, delete_request(floors->host_index));
	netlink_shut(&floors->nft[FLOOR_MASQUERADE]);
	return r;
}

/* The last of the chain goes first. */
int floor_del(struct floors *floors, const struct floor_spec *spec)
{
	int r = 0;

	if (spec->kind == FLOOR_LOOPBACK)
		return netlink_call(&floors->container,
				    link_change_request(LO_INDEX,
							&(struct link_change){ .off = IFF_UP }));
	if (spec->kind == FLOOR_SBR)
		r = change_source_routing(floors, spec, false);
	if (floor_is_inside(spec->kind))
		return r < 0 ? r : floor_remove_inside(floors, spec->kind);
	for (int rules = FLOOR_FIREWALL; r == 0 && rules > FLOOR_MASQUERADE; rules--) {
		r = floor_rules_delete(floors, spec, rules);
		netlink_shut(&floors->nft[rules]);
	}
	if (r == 0 && spec->kind == FLOOR_OVS)
		r = floor_switch_leave(floors->on_switch);
	return r < 0 ? r : delete_link(floors, spec);
}
