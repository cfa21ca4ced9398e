/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a subnet of the network is one of the host's own, too: another bridge's, the LAN's. The
 * kernel then sends what goes there through one of them, and it is not said which.
 */
#include "base/alloc.h"
#include "exam.h"

struct comparison {
	struct patient *patient;
	struct prefix subnet;
};

/* Where the network's own gateways are: the bridge, and its VLANs' links. */
static bool is_own(const struct patient *patient, const struct space_link *link)
{
	const struct list_plugin *plugin = list_find_type(patient->list, "bridge");
	const char *bridge = plugin ? bridge_name(plugin) : "";
	size_t size = strlen(bridge);

	if (link->network || (link->link.flags & IFF_LOOPBACK))
		return true;
	return size && strncmp(link->link.name, bridge, size) == 0 &&
	       (!link->link.name[size] || link->link.name[size] == '.');
}

static void compare(const struct comparison *comparison, const struct space_link *link)
{
	char subnet[PREFIX_TEXT], text[PREFIX_TEXT];

	if (is_own(comparison->patient, link))
		return;
	for (size_t i = 0; i < link->addresses.count; i++) {
		const struct prefix *address = &link->addresses.items[i].address;

		/* a single address is no way to a subnet: ptp gives its ports the gateway's */
		if (address->len == family_bits(address->addr.family) ||
		    !prefix_overlaps(&comparison->subnet, address))
			continue;
		finding_advise(
			findings_add(comparison->patient->findings, SUBNET_SHARED, xstrdup(""),
				     "%s of this network is in the subnet of %s, which has %s",
				     prefix_print(&comparison->subnet, subnet), link->link.name,
				     prefix_print(address, text)),
			xstrdup("give the network a subnet that nothing else on this host has"));
		return;
	}
}

static void exam_prefix(struct patient *patient, const cJSON *text)
{
	const struct space *host = &patient->picture->spaces[0];
	struct comparison comparison = { .patient = patient };

	if (!cJSON_IsString(text) || prefix_parse(text->valuestring, &comparison.subnet) < 0)
		return;
	comparison.subnet = prefix_network(&comparison.subnet);
	for (size_t i = 0; i < host->link_count; i++)
		compare(&comparison, &host->links[i]);
}

static void exam_ipam(struct patient *patient, const cJSON *ipam)
{
	const cJSON *sets = json_get(ipam, "ranges");
	const cJSON *addresses = json_get(ipam, "addresses");

	exam_prefix(patient, json_get(ipam, "subnet"));
	for (const cJSON *set = cJSON_IsArray(sets) ? sets->child : NULL; set; set = set->next)
		for (const cJSON *range = cJSON_IsArray(set) ? set->child : NULL; range;
		     range = range->next)
			exam_prefix(patient, json_get(range, "subnet"));
	for (const cJSON *item = cJSON_IsArray(addresses) ? addresses->child : NULL; item;
	     item = item->next)
		exam_prefix(patient, json_get(item, "address"));
}

void exam_subnets(struct patient *patient)
{
	const struct network_list *list = patient->list;

	/* where the host is no router, containers may be in its LAN on purpose */
	if (!list_wants(list, "isGateway") && !list_wants(list, "isDefaultGateway") &&
	    !list_find_type(list, "ptp"))
		return;
	for (size_t i = 0; i < list->plugin_count; i++)
		exam_ipam(patient, json_get(list->plugins[i].json, "ipam"));
}
