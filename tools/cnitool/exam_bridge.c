/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be wrong with the bridge that a container is on, and with the gateways on it. */
#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"
#include "exam_switch.h"

static bool host_has_address(const struct picture *picture, const struct addr *addr)
{
	const struct space *host = &picture->spaces[0];

	for (size_t i = 0; i < host->link_count; i++)
		if (link_has_addr(&host->links[i], addr))
			return true;
	return false;
}

/* What ovs made beside the pair; NULL: nothing. */
static const char *gateway_port(const struct exam *exam)
{
	for (size_t i = 1; i < exam->result->interface_count; i++)
		if (text_is_empty(exam->result->interfaces[i].sandbox))
			return exam->result->interfaces[i].name;
	return NULL;
}

/*
 * The link that has the gateways: the bridge, br0.100 with a VLAN, or a port of the switch; the
 * caller frees it.
 */
static char *gateway_link(const struct exam *exam)
{
	const struct list_plugin *plugin = list_find_type(exam->list, "bridge");
	const char *port = plugin ? NULL : gateway_port(exam);
	long vlan = 0;

	if (!plugin)
		return xstrdup(port ? port : "");
	if (json_is_integer(json_get(plugin->json, "vlan"), &vlan) && vlan)
		return xasprintf("%s.%ld", exam->bridge->link.name, vlan);
	return xstrdup(exam->bridge->link.name);
}

/* " && ip addr add 10.1.0.1/24 dev cni0" for each of them that nobody has. */
static void add_gateway_commands(const struct exam *exam, struct text *out)
{
	cleanup_free char *link = gateway_link(exam);
	cleanup_free char *word = foreign_word(link);
	const struct space *host = &exam->network->picture->spaces[0];
	int at = space_find_link(host, link);
	char text[ADDR_TEXT];

	for (size_t i = 0; at >= 0 && list_wants_gateway(exam->list) && i < exam->result->ip_count;
	     i++) {
		const struct result_ip *ip = &exam->result->ips[i];

		cleanup_free char *on = switch_on_command(host, &host->links[at].link,
							  ip->gateway.family);

		if (addr_is_set(&ip->gateway) &&
		    !host_has_address(exam->network->picture, &ip->gateway))
			text_addf(out, " && %sip addr add %s/%u dev %s%s", on,
				  addr_print(&ip->gateway, text), ip->address.len, word,
				  nodad(ip->gateway.family));
	}
}

static int exam_gateways(const struct exam *exam)
{
	const struct space *host = &exam->network->picture->spaces[0];
	cleanup_free char *link = gateway_link(exam);
	cleanup_free char *word = foreign_word(link);
	cleanup_free char *up = NULL;
	int at = space_find_link(host, link);
	int found = 0;

	/* a VLAN's link that does not exist at all is for CHECK to name */
	if (!list_wants_gateway(exam->list) || at < 0)
		return 0;
	up = host->links[at].link.flags & IFF_UP ? xstrdup("")
						 : xasprintf("ip link set dev %s up && ", word);
	for (size_t i = 0; i < exam->result->ip_count; i++) {
		const struct result_ip *ip = &exam->result->ips[i];
		cleanup_free char *on = switch_on_command(host, &host->links[at].link,
							  ip->gateway.family);
		char text[ADDR_TEXT];

		if (!addr_is_set(&ip->gateway) ||
		    host_has_address(exam->network->picture, &ip->gateway))
			continue;
		(void)addr_print(&ip->gateway, text);
		findings_add(exam->network->findings, GATEWAY_MISSING,
			     xasprintf("%s%sip addr add %s/%u dev %s%s", up, on, text,
				       ip->address.len, word, nodad(ip->gateway.family)),
			     "%s has no address %s, the gateway of its containers", link, text);
		found = 1;
	}
	return found;
}

/* A port that leaves its bridge loses what it was as one; VLANs are put back by ADD alone. */
static char *join_commands(const struct exam *exam, const char *bridge)
{
	const struct list_plugin *plugin = list_find_type(exam->list, "bridge");
	cleanup_free char *port_word = foreign_word(exam->port->link.name);
	cleanup_free char *bridge_word = foreign_word(bridge);
	cleanup_text struct text fix = { 0 };

	if (json_get(plugin->json, "vlan") || json_get(plugin->json, "vlanTrunk"))
		return readd_command(exam->cached);
	text_addf(&fix, "ip link set dev %s master %s", port_word, bridge_word);
	if (list_wants(exam->list, "hairpinMode"))
		text_addf(&fix, " && ip link set dev %s type bridge_slave hairpin on", port_word);
	if (list_wants(exam->list, "portIsolation"))
		text_addf(&fix, " && ip link set dev %s type bridge_slave isolated on", port_word);
	return xstrdup(fix.s);
}

/* A bridge that is gone is made by ADD, which also puts on it what was there. */
static void complain_detached(const struct exam *exam, const char *bridge)
{
	if (space_find_link(&exam->network->picture->spaces[0], bridge) >= 0)
		findings_add(exam->network->findings, PORT_DETACHED, join_commands(exam, bridge),
			     "%s, the host's end of %s in %s, is on no bridge",
			     exam->port->link.name, exam->link->link.name, exam->space->name);
	else
		findings_add(exam->network->findings, BRIDGE_MISSING, readd_command(exam->cached),
			     "%s, the host's end of %s in %s, is on no bridge: %s is gone",
			     exam->port->link.name, exam->link->link.name, exam->space->name,
			     bridge);
}

static int exam_gateway_port(const struct exam *exam)
{
	const char *name = gateway_port(exam);

	if (!name || !list_wants_gateway(exam->list) || !exam->network->ports.is_known ||
	    (network_has_port(exam->network, name) &&
	     space_find_link(&exam->network->picture->spaces[0], name) >= 0))
		return 0;
	findings_add(exam->network->findings, GATEWAY_MISSING, readd_command(exam->cached),
		     "the switch has no port %s for the gateway of its containers", name);
	return 1;
}

int exam_bridge(const struct exam *exam)
{
	const struct list_plugin *plugin = list_find_type(exam->list, "bridge");
	cleanup_text struct text fix = { 0 };

	if (!plugin && list_find_type(exam->list, "ovs"))
		return exam_switch_port(exam) ?: exam_gateway_port(exam) ?: exam_gateways(exam);
	if (!plugin || !exam->port)
		return 0;
	if (!exam->bridge) {
		complain_detached(exam, bridge_name(plugin));
		return 1;
	}
	if (!(exam->bridge->link.flags & IFF_UP)) {
		text_add(&fix, "ip link set dev ");
		foreign_add_word(&fix, exam->bridge->link.name);
		text_add(&fix, " up");
		add_gateway_commands(exam, &fix); /* it loses those of IPv6 */
		findings_add(exam->network->findings, BRIDGE_DOWN, xstrdup(fix.s),
			     "bridge %s is down", exam->bridge->link.name);
		return 1;
	}
	return exam_gateways(exam);
}
