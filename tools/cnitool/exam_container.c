/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be wrong inside a container: its loopback, its interface, addresses, routes, sizes. */
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"

static bool is_up(const struct space_link *link)
{
	return link->link.flags & IFF_UP;
}

int exam_loopback(const struct exam *exam)
{
	cleanup_free char *ip = ip_command(exam->space);
	int lo = space_find_link(exam->space, "lo");

	if (lo < 0 || is_up(&exam->space->links[lo]))
		return 0;
	findings_add(exam->network->findings, LOOPBACK_DOWN, xasprintf("%s link set lo up", ip),
		     "lo in %s is down", exam->space->name);
	return 1;
}

/* What ptp has made in the container: the gateway on the link, the subnet behind it. */
static void add_ptp_routes(const struct exam *exam, const struct result_ip *ip, const char *command,
			   struct text *out)
{
	cleanup_free char *name = foreign_word(exam->link->link.name);
	struct prefix network = prefix_network(&ip->address);
	char gateway[ADDR_TEXT], source[ADDR_TEXT], subnet[PREFIX_TEXT];

	(void)addr_print(&ip->gateway, gateway);
	(void)addr_print(&ip->address.addr, source);
	text_addf(out, " && %s route replace %s dev %s%s src %s", command, gateway, name,
		  network.addr.family == AF_INET ? " scope link" : "", source);
	if (network.len < family_bits(network.addr.family))
		text_addf(out, " && %s route replace %s via %s dev %s src %s", command,
			  prefix_print(&network, subnet), gateway, name, source);
}

/* … and on the host: the gateway's address, and the way to the container. */
static void add_ptp_host(const struct exam *exam, const struct result_ip *ip, const char *ifname,
			 struct text *out)
{
	cleanup_free char *name = foreign_word(ifname);
	int family = ip->gateway.family;
	cleanup_free char *on = switch_on_command(&exam->network->picture->spaces[0],
						  &exam->port->link, family);
	char text[ADDR_TEXT];

	if (!link_has_addr(exam->port, &ip->gateway))
		text_addf(out, " && %sip addr add %s/%u dev %s%s", on,
			  addr_print(&ip->gateway, text), family_bits(family), name, nodad(family));
	text_addf(out, " && ip route replace %s dev %s%s", addr_print(&ip->address.addr, text),
		  name, family == AF_INET ? " scope host" : "");
}

/* On the side of `ip -n red`. */
static void add_ptp_commands(const struct exam *exam, const char *command, struct text *out)
{
	if (!list_find_type(exam->list, "ptp"))
		return;
	for (size_t i = 0; i < exam->result->ip_count; i++)
		if (addr_is_set(&exam->result->ips[i].gateway))
			add_ptp_routes(exam, &exam->result->ips[i], command, out);
}

void exam_add_host_commands(const struct exam *exam, const char *name, struct text *out)
{
	if (!list_find_type(exam->list, "ptp"))
		return;
	for (size_t i = 0; i < exam->result->ip_count; i++)
		if (addr_is_set(&exam->result->ips[i].gateway))
			add_ptp_host(exam, &exam->result->ips[i], name, out);
}

/*
 * " && ip -n red route replace default via 10.1.0.1" for each route that goes with the interface.
 */
static void add_route_commands(const struct exam *exam, const char *ip, struct text *out)
{
	char dst[PREFIX_TEXT], gw[ADDR_TEXT];

	add_ptp_commands(exam, ip, out);
	for (size_t i = 0; i < exam->result->route_count; i++) {
		const struct route *route = &exam->result->routes[i];
		struct addr gateway = route->gw;

		for (size_t j = 0; j < exam->result->ip_count && !addr_is_set(&gateway); j++)
			if (exam->result->ips[j].gateway.family == route->dst.addr.family)
				gateway = exam->result->ips[j].gateway;
		if (addr_is_set(&gateway))
			text_addf(out, " && %s route replace %s via %s", ip,
				  prefix_print(&route->dst, dst), addr_print(&gateway, gw));
	}
}

/* Whether the address of the result belongs on this interface. */
static bool is_own_address(const struct exam *exam, const struct result_ip *ip)
{
	const struct result *result = exam->result;

	if (!ip->has_interface || ip->interface < 0 ||
	    (size_t)ip->interface >= result->interface_count)
		return true;
	return text_equal(result->interfaces[ip->interface].name, exam->cached->ifname);
}

static bool has_address(const struct space_link *link, const struct prefix *address)
{
	for (size_t i = 0; i < link->addresses.count; i++)
		if (prefix_equal(&link->addresses.items[i].address, address))
			return true;
	return false;
}

/*
 * " && ip -n red addr add fd00::2/64 dev eth0 nodad": an interface that goes down loses its IPv6
 * addresses.
 */
static void add_address_commands(const struct exam *exam, const char *ip, struct text *out)
{
	cleanup_free char *name = foreign_word(exam->link->link.name);
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < exam->result->ip_count; i++) {
		const struct prefix *address = &exam->result->ips[i].address;
		cleanup_free char *on = switch_on_command(exam->space, &exam->link->link,
							  address->addr.family);

		if (is_own_address(exam, &exam->result->ips[i]) &&
		    !has_address(exam->link, address))
			text_addf(out, " && %s%s addr add %s dev %s%s", on, ip,
				  prefix_print(address, text), name, nodad(address->addr.family));
	}
}

int exam_interface(const struct exam *exam)
{
	cleanup_free char *ip = ip_command(exam->space);
	cleanup_free char *word = foreign_word(exam->link->link.name);
	cleanup_free char *port = foreign_word(exam->port ? exam->port->link.name : "");
	cleanup_text struct text fix = { 0 };
	const char *name = exam->link->link.name;

	if (!is_up(exam->link) && !list_wants(exam->list, "disableContainerInterface")) {
		text_addf(&fix, "%s link set dev %s up", ip, word);
		add_address_commands(exam, ip, &fix);
		add_route_commands(exam, ip, &fix);
		findings_add(exam->network->findings, INTERFACE_DOWN, xstrdup(fix.s),
			     "%s in %s is down", name, exam->space->name);
		return 1;
	}
	if (exam->port && !is_up(exam->port)) {
		text_addf(&fix, "ip link set dev %s up", port);
		exam_add_host_commands(exam, exam->port->link.name, &fix);
		findings_add(exam->network->findings, HOST_INTERFACE_DOWN, xstrdup(fix.s),
			     "%s, the host's end of %s in %s, is down", exam->port->link.name, name,
			     exam->space->name);
		return 1;
	}
	return 0;
}

int exam_addresses(const struct exam *exam)
{
	cleanup_free char *ip = ip_command(exam->space);
	cleanup_free char *name = foreign_word(exam->link->link.name);
	int found = 0;

	for (size_t i = 0; i < exam->result->ip_count; i++) {
		const struct prefix *address = &exam->result->ips[i].address;
		cleanup_free char *on = switch_on_command(exam->space, &exam->link->link,
							  address->addr.family);
		cleanup_text struct text fix = { 0 };
		char text[PREFIX_TEXT];

		if (!is_own_address(exam, &exam->result->ips[i]) ||
		    has_address(exam->link, address))
			continue;
		(void)prefix_print(address, text);
		text_addf(&fix, "%s%s addr add %s dev %s%s", on, ip, text, name,
			  nodad(address->addr.family));
		add_route_commands(exam, ip, &fix);
		findings_add(exam->network->findings, ADDRESS_MISSING, xstrdup(fix.s),
			     "%s in %s has no address %s", exam->link->link.name, exam->space->name,
			     text);
		found = 1;
	}
	return found;
}

static const struct kernel_route *find_route(const struct exam *exam, const struct prefix *dst,
					     long table)
{
	const struct kernel_routes *routes = dst->addr.family == AF_INET6 ? &exam->space->routes6
									  : &exam->space->routes4;

	for (size_t i = 0; i < routes->count; i++)
		if (routes->items[i].link == exam->link->link.index &&
		    prefix_equal(&routes->items[i].dst, dst) &&
		    routes->items[i].table == (uint32_t)table)
			return &routes->items[i];
	return NULL;
}

/* The subnet of each address: the way to the gateway. */
static int exam_own_subnets(const struct exam *exam, const char *ip)
{
	cleanup_free char *name = foreign_word(exam->link->link.name);
	int found = 0;

	for (size_t i = 0; i < exam->result->ip_count; i++) {
		const struct result_ip *item = &exam->result->ips[i];
		struct prefix network = prefix_network(&item->address);
		cleanup_text struct text fix = { 0 };
		char text[PREFIX_TEXT];

		if (!is_own_address(exam, item) ||
		    network.len == family_bits(network.addr.family) ||
		    find_route(exam, &network, RT_TABLE_MAIN))
			continue;
		(void)prefix_print(&network, text);
		add_ptp_commands(exam, ip, &fix);
		if (!fix.s)
			text_addf(&fix, " && %s route add %s dev %s", ip, text, name);
		findings_add(exam->network->findings, ROUTE_MISSING,
			     xstrdup(fix.s + strlen(" && ")),
			     "%s has no route to %s, its own subnet with the gateway in it",
			     exam->space->name, text);
		found = 1;
	}
	return found;
}

int exam_routes(const struct exam *exam)
{
	cleanup_free char *ip = ip_command(exam->space);
	int found = exam_own_subnets(exam, ip);

	for (size_t i = 0; i < exam->result->route_count; i++) {
		const struct route *route = &exam->result->routes[i];
		struct prefix dst = prefix_network(&route->dst);
		cleanup_text struct text fix = { 0 };
		char text[PREFIX_TEXT];

		if (find_route(exam, &dst, route->has_table ? route->table : (int)RT_TABLE_MAIN))
			continue;
		add_route_commands(exam, ip, &fix);
		findings_add(exam->network->findings, ROUTE_MISSING,
			     xstrdup(fix.s ? fix.s + strlen(" && ") : ""), "%s has no route to %s",
			     exam->space->name,
			     prefix_is_default(&dst) ? "its gateway: no default route"
						     : prefix_print(&dst, text));
		found = 1;
	}
	return found;
}
