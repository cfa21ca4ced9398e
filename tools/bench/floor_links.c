/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which requests links of other kinds than veth cannot do without. */
#include "floor_links.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "net/link_create.h"
#include "net/macvlan.h"
#include "net/netns.h"
#include "net/route.h"
#include "net/rule.h"
#include "net/tap.h"

enum { TABLE = 100 };

static const char master_name[] = "benchup", device_name[] = "benchdev", container_name[] = "eth0";

bool floor_is_inside(enum floor_kind kind)
{
	return kind == FLOOR_MACVLAN || kind == FLOOR_TAP || kind == FLOOR_DEVICE ||
	       kind == FLOOR_SBR;
}

static int make_macvlan(struct floors *floors)
{
	const struct attach at = { .netns = floors->container_fd };
	const struct macvlan_options options = { .mode = MACVLAN_MODE_BRIDGE };
	struct link master;
	int r = link_get(&floors->host, master_name, &master);

	if (r < 0)
		return r;
	return link_create(&floors->host, &(struct link_spec){
						  .name = container_name,
						  .kind = &link_kind_macvlan,
						  .options = &options,
						  .lower = master.index,
						  .into = &at,
					  });
}

static int leave_as_it_is(void *data)
{
	(void)data;
	return 0;
}

static int make_tap(struct floors *floors)
{
	const struct tap_options options = { .owner = 0, .group = 0 };
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r = netns_enter(&visit, floors->container_fd, NULL);

	return r < 0 ? r : tap_create(container_name, &options, leave_as_it_is, NULL);
}

static int move(struct netlink *from, const char *name, int netns, const char *new_name)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	const uint32_t fd = (uint32_t)netns;
	struct nl_msg *msg;
	struct link link;
	int r = link_get(from, name, &link);

	if (r < 0)
		return r;
	header.ifi_index = link.index;
	msg = netlink_request(RTM_NEWLINK, 0, &header, sizeof(header));
	netlink_put(msg, IFLA_NET_NS_FD, &fd, sizeof(fd));
	netlink_put(msg, IFLA_IFNAME, new_name, strlen(new_name) + 1);
	return netlink_call(from, msg);
}

/* Its name there is the container's choice, and shows in no namespace of others on the way. */
static int bring_home(struct floors *floors)
{
	int r = move(&floors->container, container_name, floors->between_fd, device_name);

	return r < 0 ? r : move(&floors->between, device_name, floors->host_fd, device_name);
}

int floor_make_inside(struct floors *floors, enum floor_kind kind)
{
	if (kind == FLOOR_TAP)
		return make_tap(floors);
	if (kind == FLOOR_DEVICE)
		return move(&floors->host, device_name, floors->container_fd, container_name);
	return make_macvlan(floors);
}

int floor_remove_inside(struct floors *floors, enum floor_kind kind)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct link link;
	int r;

	if (kind == FLOOR_DEVICE)
		return bring_home(floors);
	r = link_get(&floors->container, container_name, &link);
	if (r < 0)
		return r;
	header.ifi_index = link.index;
	return netlink_call(&floors->container,
			    netlink_request(RTM_DELLINK, 0, &header, sizeof(header)));
}

static struct kernel_rule rule_of(const struct prefix *address)
{
	return (struct kernel_rule){ .source = prefix_host(&address->addr), .table = TABLE };
}

/* The default route and that to the subnet, in the main table or in the other one. */
static int change_routes(struct netlink *nl, int link, const struct prefix *address,
			 const struct addr *gateway, bool is_main)
{
	struct kernel_route routes[] = {
		{ .dst = prefix_network(address), .scope = RT_SCOPE_LINK },
		{ .dst = { .addr = { .family = address->addr.family } }, .gateway = *gateway },
	};
	int r = 0;

	for (size_t i = 0; i < array_size(routes) && r == 0; i++) {
		routes[i].link = link;
		routes[i].table = is_main ? RT_TABLE_MAIN : TABLE;
		r = is_main ? route_delete(nl, &routes[i]) : route_put(nl, &routes[i], false);
	}
	return r;
}

int floor_add_source_routing(struct floors *floors, const struct prefix *address,
			     const struct addr *gateway)
{
	const struct kernel_rule rule = rule_of(address);
	struct netlink *nl = &floors->container;
	struct link link;
	int r = link_get(nl, container_name, &link) ?: rule_add(nl, &rule);

	if (r == 0)
		r = change_routes(nl, link.index, address, gateway, false);
	return r < 0 ? r : change_routes(nl, link.index, address, gateway, true);
}

int floor_remove_source_routing(struct floors *floors, const struct prefix *address)
{
	const struct kernel_rule rule = rule_of(address);

	return rule_delete(&floors->container, &rule);
}
