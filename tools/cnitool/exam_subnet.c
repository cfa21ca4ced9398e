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
	    rival_find(subnets->route, &subnet, &addr, 0, rival) <= 0 || is_own(subnets, rival))
		return;
	finding_advise(findings_add(subnets->network->findings, SUBNET_SHARED, xstrdup(""),
				    "%s has the subnet %s of this network, too", rival,
				    prefix_print(&subnet, printed)),
		       xstrdup("give the network a subnet that nothing else on this host has"));
}

static void exam_range(const cJSON *range, void *data)
{
	exam_prefix(data, json_get(range, "subnet"));
}

static void exam_ipam(struct subnets *subnets, const cJSON *ipam)
{
	const cJSON *addresses = json_get(ipam, "addresses");

	range_each(ipam, exam_range, subnets);
	for (const cJSON *item = cJSON_IsArray(addresses) ? addresses->child : NULL; item;
	     item = item->next)
		exam_prefix(subnets, json_get(item, "address"));
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
