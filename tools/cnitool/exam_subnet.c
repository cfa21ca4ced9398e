/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the host sends packets for the network's subnets elsewhere, as STATUS of bridge says it.
 */
#include "base/alloc.h"
#include "exam.h"
#include "lease/range_conf.h"
#include "net/rival.h"

struct subnets {
	struct network *network;
	struct netlink *route;
	const char *bridge;
};

/* The bridge, or one of its VLANs' links. */
static bool is_own(const struct subnets *subnets, const char *ifname)
{
	size_t size = strlen(subnets->bridge);

	return strncmp(ifname, subnets->bridge, size) == 0 &&
	       (!ifname[size] || ifname[size] == '.');
}

/* A link that has but a route into the subnet is looked at for each container, by its address. */
static bool has_address_in(const struct subnets *subnets, const char *ifname,
			   const struct prefix *subnet)
{
	const struct space *host = &subnets->network->picture->spaces[0];
	int at = space_find_link(host, ifname);

	for (size_t i = 0; at >= 0 && i < host->links[at].addresses.count; i++)
		if (prefix_contains(subnet, &host->links[at].addresses.items[i].address.addr))
			return true;
	return false;
}

/* Asked for the address behind the gateway, which a container has. */
static void exam_prefix(struct subnets *subnets, const cJSON *text)
{
	char rival[IFNAMSIZ], printed[PREFIX_TEXT];
	struct prefix subnet;
	struct addr addr;

	if (!cJSON_IsString(text) || prefix_parse(text->valuestring, &subnet) < 0)
		return;
	subnet = prefix_network(&subnet);
	addr = addr_plus(&subnet.addr, 2);
	if (!prefix_contains(&subnet, &addr) ||
	    rival_find(subnets->route, &subnet, &addr, 0, rival) <= 0 || is_own(subnets, rival) ||
	    !has_address_in(subnets, rival, &subnet))
		return;
	finding_advise(findings_add(subnets->network->findings, SUBNET_SHARED, xstrdup(""),
				    "%s has the subnet %s of this network, too", rival,
				    prefix_print(&subnet, printed)),
		       xstrdup("give the network a subnet that nothing else on this host has"));
}

/*
 * The link that had the subnet first gets the packets: where it is the bridge, the other one is cut
 * off.
 */
static void exam_second(const struct subnets *subnets, const cJSON *text)
{
	const struct space *host = &subnets->network->picture->spaces[0];
	char printed[PREFIX_TEXT];
	struct prefix subnet;

	if (!cJSON_IsString(text) || prefix_parse(text->valuestring, &subnet) < 0)
		return;
	subnet = prefix_network(&subnet);
	for (size_t i = 0; i < host->link_count; i++)
		for (size_t j = 0; j < host->links[i].addresses.count; j++) {
			struct prefix other = prefix_network(
				&host->links[i].addresses.items[j].address);

			if (!prefix_equal(&other, &subnet) ||
			    is_own(subnets, host->links[i].link.name))
				continue;
			finding_advise(
				findings_add(subnets->network->findings, SUBNET_SHARED, xstrdup(""),
					     "%s has the subnet %s of this network, too",
					     host->links[i].link.name,
					     prefix_print(&subnet, printed)),
				xstrdup("give the network a subnet that nothing else on this host has"));
		}
}

static void exam_both(struct subnets *subnets, const cJSON *text)
{
	exam_prefix(subnets, text);
	exam_second(subnets, text);
}

static void exam_range(const cJSON *range, void *data)
{
	exam_both(data, json_get(range, "subnet"));
}

static void exam_ipam(struct subnets *subnets, const cJSON *ipam)
{
	const cJSON *addresses = json_get(ipam, "addresses");

	range_each(ipam, exam_range, subnets);
	for (const cJSON *item = cJSON_IsArray(addresses) ? addresses->child : NULL; item;
	     item = item->next)
		exam_both(subnets, json_get(item, "address"));
}

void exam_subnets(struct network *network)
{
	const struct list_plugin *plugin = list_find_type(network->list, "bridge");
	cleanup_netlink struct netlink route = NETLINK_CLOSED;
	struct subnets subnets = { .network = network, .route = &route };

	/* where the host is no router, containers may be in its LAN on purpose */
	if (!plugin || !list_wants_gateway(network->list) ||
	    netlink_open(&route, NETLINK_ROUTE) < 0)
		return;
	subnets.bridge = bridge_name(plugin);
	exam_ipam(&subnets, json_get(plugin->json, "ipam"));
}
