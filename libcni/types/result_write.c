/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the newest form becomes each version: which keys there are, and in what order. */
#include "types/json.h"
#include "types/result.h"
#include "types/version.h"

static void write_text(struct json_writer *w, const char *key, const char *value)
{
	if (!text_is_empty(value))
		json_string(w, key, value);
}

static void write_number(struct json_writer *w, const char *key, long value)
{
	if (value)
		json_integer(w, key, value);
}

static void write_prefix(struct json_writer *w, const char *key, const struct prefix *prefix)
{
	char buffer[PREFIX_TEXT];

	json_string(w, key, prefix_print(prefix, buffer));
}

static void write_addr(struct json_writer *w, const char *key, const struct addr *addr)
{
	char buffer[ADDR_TEXT];

	if (addr_is_set(addr))
		json_string(w, key, addr_print(addr, buffer));
}

static void write_strings(struct json_writer *w, const char *key, const struct strings *strings)
{
	if (strings->count == 0)
		return;
	json_open(w, key, '[');
	for (size_t i = 0; i < strings->count; i++)
		json_string(w, NULL, strings->items[i]);
	json_close(w, ']');
}

/* Versions before 1.0.0 print it even when it is empty. */
static void write_dns_before_1(struct json_writer *w, const struct dns *dns)
{
	json_open(w, "dns", '{');
	write_strings(w, "nameservers", &dns->nameservers);
	write_text(w, "domain", dns->domain);
	write_strings(w, "search", &dns->search);
	write_strings(w, "options", &dns->options);
	json_close(w, '}');
}

static void write_dns(struct json_writer *w, const struct dns *dns)
{
	if (!dns->domain && !dns->nameservers.count && !dns->options.count && !dns->search.count)
		return;
	json_open(w, "dns", '{');
	write_text(w, "domain", dns->domain);
	write_strings(w, "nameservers", &dns->nameservers);
	write_strings(w, "options", &dns->options);
	write_strings(w, "search", &dns->search);
	json_close(w, '}');
}

static void write_interface_before_1(struct json_writer *w,
				     const struct result_interface *interface)
{
	json_open(w, NULL, '{');
	json_string(w, "name", interface->name);
	write_text(w, "mac", interface->mac);
	write_text(w, "sandbox", interface->sandbox);
	json_close(w, '}');
}

static void write_interface(struct json_writer *w, const struct result_interface *interface)
{
	json_open(w, NULL, '{');
	write_text(w, "mac", interface->mac);
	write_number(w, "mtu", interface->mtu);
	json_string(w, "name", interface->name);
	write_text(w, "pciID", interface->pci_id);
	write_text(w, "sandbox", interface->sandbox);
	write_text(w, "socketPath", interface->socket_path);
	json_close(w, '}');
}

static void write_ip_before_1(struct json_writer *w, const struct result_ip *ip)
{
	json_open(w, NULL, '{');
	json_string(w, "version", ip->address.addr.family == AF_INET ? "4" : "6");
	if (ip->has_interface)
		json_integer(w, "interface", ip->interface);
	write_prefix(w, "address", &ip->address);
	write_addr(w, "gateway", &ip->gateway);
	json_close(w, '}');
}

static void write_ip(struct json_writer *w, const struct result_ip *ip)
{
	json_open(w, NULL, '{');
	write_prefix(w, "address", &ip->address);
	write_addr(w, "gateway", &ip->gateway);
	if (ip->has_interface)
		json_integer(w, "interface", ip->interface);
	json_close(w, '}');
}

static void write_route_before_1(struct json_writer *w, const struct route *route)
{
	json_open(w, NULL, '{');
	write_prefix(w, "dst", &route->dst);
	write_addr(w, "gw", &route->gw);
	write_number(w, "mtu", route->mtu);
	write_number(w, "advmss", route->advmss);
	write_number(w, "priority", route->priority);
	if (route->has_table)
		json_integer(w, "table", route->table);
	if (route->has_scope)
		json_integer(w, "scope", route->scope);
	json_close(w, '}');
}

static void write_route(struct json_writer *w, const struct route *route)
{
	json_open(w, NULL, '{');
	write_number(w, "advmss", route->advmss);
	write_prefix(w, "dst", &route->dst);
	write_addr(w, "gw", &route->gw);
	write_number(w, "mtu", route->mtu);
	write_number(w, "priority", route->priority);
	if (route->has_scope)
		json_integer(w, "scope", route->scope);
	if (route->has_table)
		json_integer(w, "table", route->table);
	json_close(w, '}');
}

/* A list of the result, left out when it is empty. */
#define write_list(w, key, items, count, write)                                                    \
	do {                                                                                       \
		if ((count) == 0)                                                                  \
			break;                                                                     \
		json_open(w, key, '[');                                                            \
		for (size_t item_i = 0; item_i < (count); item_i++)                                \
			write(w, &(items)[item_i]);                                                \
		json_close(w, ']');                                                                \
	} while (0)

static void write_shape_1_0(struct json_writer *w, const struct result *result)
{
	write_dns(w, &result->dns);
	write_list(w, "interfaces", result->interfaces, result->interface_count, write_interface);
	write_list(w, "ips", result->ips, result->ip_count, write_ip);
	write_list(w, "routes", result->routes, result->route_count, write_route);
}

static void write_shape_0_3(struct json_writer *w, const struct result *result)
{
	write_list(w, "interfaces", result->interfaces, result->interface_count,
		   write_interface_before_1);
	write_list(w, "ips", result->ips, result->ip_count, write_ip_before_1);
	write_list(w, "routes", result->routes, result->route_count, write_route_before_1);
	write_dns_before_1(w, &result->dns);
}

/* Of the keys of a route, these versions keep only the destination and the gateway. */
static void write_routes_of_family(struct json_writer *w, const struct result *result, int family)
{
	bool is_open = false;

	for (size_t i = 0; i < result->route_count; i++) {
		const struct route *route = &result->routes[i];
		const struct route kept = { .dst = route->dst, .gw = route->gw };

		if (route->dst.addr.family != family)
			continue;
		if (!is_open)
			json_open(w, "routes", '[');
		is_open = true;
		write_route_before_1(w, &kept);
	}
	if (is_open)
		json_close(w, ']');
}

static void write_first_of_family(struct json_writer *w, const char *key,
				  const struct result *result, int family)
{
	const struct result_ip *ip = NULL;

	for (size_t i = 0; i < result->ip_count && !ip; i++)
		if (result->ips[i].address.addr.family == family)
			ip = &result->ips[i];
	if (!ip)
		return;
	json_open(w, key, '{');
	write_prefix(w, "ip", &ip->address);
	write_addr(w, "gateway", &ip->gateway);
	write_routes_of_family(w, result, family);
	json_close(w, '}');
}

static void write_shape_0_1(struct json_writer *w, const struct result *result)
{
	write_first_of_family(w, "ip4", result, AF_INET);
	write_first_of_family(w, "ip6", result, AF_INET6);
	write_dns_before_1(w, &result->dns);
}

int result_print(const struct result *result, const char *version, struct text *out,
		 struct cni_error *err)
{
	static void (*const writers[])(struct json_writer *, const struct result *) = {
		[SHAPE_0_1] = write_shape_0_1,
		[SHAPE_0_3] = write_shape_0_3,
		[SHAPE_1_0] = write_shape_1_0,
	};
	struct json_writer w = { .out = out };
	int r = result_fits_version(result, version, err);

	if (r < 0)
		return r;
	json_open(&w, NULL, '{');
	json_string(&w, "cniVersion", text_is_empty(version) ? VERSION_UNSET : version);
	writers[version_shape(version)](&w, result);
	json_close(&w, '}');
	return 0;
}
