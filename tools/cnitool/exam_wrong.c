/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is there, but not as ADD made it: another name, another gateway, another kind of port. */
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"

/* The host's end by the name that the result gives it; NULL: the name is not told, or is right. */
static const char *name_of_before(const struct exam *exam)
{
	const struct space *host = &exam->network->picture->spaces[0];
	const char *before = NULL;

	for (size_t i = 0; i < exam->result->interface_count; i++) {
		const struct result_interface *interface = &exam->result->interfaces[i];

		if (!text_is_empty(interface->sandbox) || text_is_empty(interface->name))
			continue;
		if (text_equal(interface->name, exam->port->link.name))
			return NULL;
		if (text_starts_with(interface->name, "veth") &&
		    space_find_link(host, interface->name) < 0)
			before = interface->name;
	}
	return before;
}

int exam_name(const struct exam *exam)
{
	cleanup_free char *now = foreign_word(exam->port ? exam->port->link.name : "");
	const char *before = exam->port ? name_of_before(exam) : NULL;
	cleanup_free char *word = foreign_word(before ? before : "");
	cleanup_text struct text fix = { 0 };

	if (!before)
		return 0;
	text_addf(&fix, "ip link set dev %s down && ip link set dev %s name %s", now, now, word);
	text_addf(&fix, " && ip link set dev %s up", word);
	exam_add_host_commands(exam, before, &fix);
	findings_add(exam->network->findings, HOST_INTERFACE_RENAMED, xstrdup(fix.s),
		     "%s, the host's end of %s in %s, is called %s now", before,
		     exam->link->link.name, exam->space->name, exam->port->link.name);
	return 1;
}

int exam_port(const struct exam *exam)
{
	static const struct {
		const char *key, *flag;
	} flags[] = { { "hairpinMode", "hairpin" }, { "portIsolation", "isolated" } };
	const bool has[] = { exam->port && exam->port->link.hairpin,
			     exam->port && exam->port->link.isolated };
	cleanup_free char *word = foreign_word(exam->port ? exam->port->link.name : "");
	int found = 0;

	for (size_t i = 0; exam->bridge && i < array_size(flags); i++) {
		if (!list_find_type(exam->list, "bridge") ||
		    list_wants(exam->list, flags[i].key) == has[i])
			continue;
		findings_add(exam->network->findings, PORT_MODE,
			     xasprintf("ip link set dev %s type bridge_slave %s %s", word,
				       flags[i].flag, has[i] ? "off" : "on"),
			     "%s of %s, the host's end of %s in %s, is %s, not as \"%s\" says",
			     flags[i].flag, exam->port->link.name, exam->link->link.name,
			     exam->space->name, has[i] ? "on" : "off", flags[i].key);
		found = 1;
	}
	return found;
}

/* Of those to the same network by this interface the one that the kernel takes. */
static const struct kernel_route *best_route(const struct exam *exam, const struct prefix *dst,
					     const struct addr *gateway, uint32_t table)
{
	const struct kernel_routes *routes = dst->addr.family == AF_INET6 ? &exam->space->routes6
									  : &exam->space->routes4;
	const struct kernel_route *best = NULL;

	for (size_t i = 0; i < routes->count; i++) {
		const struct kernel_route *route = &routes->items[i];

		if (route->link != exam->link->link.index || route->table != table ||
		    !prefix_equal(&route->dst, dst))
			continue;
		if (!best || route->priority < best->priority ||
		    (route->priority == best->priority && addr_equal(&route->gateway, gateway)))
			best = route;
	}
	return best;
}

static struct addr gateway_of(const struct exam *exam, const struct route *route)
{
	struct addr gateway = route->gw;

	for (size_t i = 0; i < exam->result->ip_count && !addr_is_set(&gateway); i++)
		if (exam->result->ips[i].gateway.family == route->dst.addr.family)
			gateway = exam->result->ips[i].gateway;
	return gateway;
}

static void complain_gateway(const struct exam *exam, const struct kernel_route *wrong,
			     const struct addr *gateway)
{
	cleanup_free char *ip = ip_command(exam->space);
	cleanup_free char *name = foreign_word(exam->link->link.name);
	bool is_default = prefix_is_default(&wrong->dst);
	const char *family = wrong->dst.addr.family == AF_INET6 ? " -6" : "";
	char dst[PREFIX_TEXT], right[ADDR_TEXT], now[ADDR_TEXT];
	cleanup_text struct text fix = { 0 };

	(void)prefix_print(&wrong->dst, dst);
	(void)addr_print(gateway, right);
	(void)addr_print(&wrong->gateway, now);
	text_addf(&fix, "%s%s route del %s%s%s dev %s metric %u", ip, family, dst,
		  addr_is_set(&wrong->gateway) ? " via " : "",
		  addr_is_set(&wrong->gateway) ? now : "", name, wrong->priority);
	text_addf(&fix, " && %s%s route replace %s via %s dev %s", ip, family, dst, right, name);
	findings_add(exam->network->findings, GATEWAY_WRONG, xstrdup(fix.s),
		     "%s of %s goes %s%s, not by the gateway %s",
		     is_default ? "the default route" : "a route", exam->space->name,
		     addr_is_set(&wrong->gateway) ? "by " : "to no gateway",
		     addr_is_set(&wrong->gateway) ? now : "", right);
}

int exam_gateway_of_routes(const struct exam *exam)
{
	int found = 0;

	for (size_t i = 0; i < exam->result->route_count; i++) {
		const struct route *route = &exam->result->routes[i];
		struct prefix dst = prefix_network(&route->dst);
		struct addr gateway = gateway_of(exam, route);
		const struct kernel_route *best;

		if (!addr_is_set(&gateway) || route->has_table)
			continue;
		best = best_route(exam, &dst, &gateway, RT_TABLE_MAIN);
		if (!best || addr_equal(&best->gateway, &gateway))
			continue;
		complain_gateway(exam, best, &gateway);
		found = 1;
	}
	return found;
}
