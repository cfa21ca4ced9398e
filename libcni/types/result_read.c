/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How each version of a result becomes the newest form. */
#include <errno.h>

#include "base/alloc.h"
#include "types/conf.h"
#include "types/json.h"
#include "types/result.h"
#include "types/version.h"

struct interface_keys {
	const char *name, *mac, *sandbox, *socket_path, *pci_id;
	int mtu;
};

/* The first three are all that versions before 1.0.0 know. */
static const struct conf_key interface_keys[] = {
	CONF_STRING(struct interface_keys, name, "name", ""),
	CONF_STRING(struct interface_keys, mac, "mac", NULL),
	CONF_STRING(struct interface_keys, sandbox, "sandbox", NULL),
	CONF_STRING(struct interface_keys, socket_path, "socketPath", NULL),
	CONF_STRING(struct interface_keys, pci_id, "pciID", NULL),
	CONF_INT(struct interface_keys, mtu, "mtu", 0, 1, 0),
};

enum { OLD_INTERFACE_KEYS = 3 };

struct ip_keys {
	const char *address, *gateway;
	int interface;
};

static const struct conf_key ip_keys[] = {
	CONF_STRING(struct ip_keys, address, "address", ""),
	CONF_STRING(struct ip_keys, gateway, "gateway", ""),
	CONF_INT(struct ip_keys, interface, "interface", 0, 1, 0),
};

struct route_keys {
	const char *dst, *gw;
	int mtu, advmss, priority, table, scope;
};

static const struct conf_key route_keys[] = {
	CONF_STRING(struct route_keys, dst, "dst", ""),
	CONF_STRING(struct route_keys, gw, "gw", ""),
	CONF_INT(struct route_keys, mtu, "mtu", 0, 1, 0),
	CONF_INT(struct route_keys, advmss, "advmss", 0, 1, 0),
	CONF_INT(struct route_keys, priority, "priority", 0, 1, 0),
	CONF_INT(struct route_keys, table, "table", 0, 1, 0),
	CONF_INT(struct route_keys, scope, "scope", 0, 1, 0),
};

struct result_keys {
	const cJSON *interfaces, *ips, *routes, *dns;
};

static const struct conf_key result_keys[] = {
	CONF_LIST(struct result_keys, interfaces, "interfaces"),
	CONF_LIST(struct result_keys, ips, "ips"),
	CONF_LIST(struct result_keys, routes, "routes"),
	CONF_OBJECT(struct result_keys, dns, "dns"),
};

/* 0.1.0 and 0.2.0, which have one address per family */
struct old_ip_keys {
	const char *ip, *gateway;
	const cJSON *routes;
};

static const struct conf_key old_ip_keys[] = {
	CONF_STRING(struct old_ip_keys, ip, "ip", ""),
	CONF_STRING(struct old_ip_keys, gateway, "gateway", ""),
	CONF_LIST(struct old_ip_keys, routes, "routes"),
};

struct old_result_keys {
	const cJSON *ip4, *ip6, *dns;
};

static const struct conf_key old_result_keys[] = {
	CONF_OBJECT(struct old_result_keys, ip4, "ip4"),
	CONF_OBJECT(struct old_result_keys, ip6, "ip6"),
	CONF_OBJECT(struct old_result_keys, dns, "dns"),
};

static int read_prefix(const char *text, const char *where, const char *key, struct prefix *ret,
		       struct cni_error *err)
{
	if (prefix_parse(text, ret) == 0)
		return 0;
	return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s.%s: invalid CIDR address: %s", where, key,
			text);
}

/* An empty gateway is none. */
static int read_gateway(const char *text, const char *where, const char *key, struct addr *ret,
			struct cni_error *err)
{
	if (!*text || addr_parse(text, ret) == 0)
		return 0;
	return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s.%s: invalid IP address: %s", where, key,
			text);
}

static int read_interface(const cJSON *json, const char *where, enum version_shape shape,
			  struct result *into, struct cni_error *err)
{
	size_t count = shape == SHAPE_1_0 ? array_size(interface_keys) : OLD_INTERFACE_KEYS;
	struct interface_keys read = { 0 };
	struct result_interface *interface;
	int r;

	r = conf_read(json, interface_keys, count, where, &read, err);
	if (r < 0)
		return r;
	interface = result_add_interface(into, read.name, read.mac, read.sandbox);
	interface->mtu = read.mtu;
	if (!text_is_empty(read.socket_path))
		interface->socket_path = xstrdup(read.socket_path);
	if (!text_is_empty(read.pci_id))
		interface->pci_id = xstrdup(read.pci_id);
	return 0;
}

static int read_ip(const cJSON *json, const char *where, enum version_shape shape,
		   struct result *into, struct cni_error *err)
{
	struct result_ip ip = { 0 };
	struct ip_keys read;
	int r;

	(void)shape; /* the `version` of 0.3.0 only repeats what the address says */
	r = conf_read(json, ip_keys, array_size(ip_keys), where, &read, err)
		    ?: read_prefix(read.address, where, "address", &ip.address, err)
		    ?: read_gateway(read.gateway, where, "gateway", &ip.gateway, err);
	if (r < 0)
		return r;
	ip.has_interface = json_get(json, "interface");
	ip.interface = read.interface;
	*result_add_ip(into) = ip;
	return 0;
}

static int read_route(const cJSON *json, const char *where, enum version_shape shape,
		      struct result *into, struct cni_error *err)
{
	struct route route = { 0 };
	struct route_keys read;
	int r;

	(void)shape; /* no version removes keys of routes */
	r = conf_read(json, route_keys, array_size(route_keys), where, &read, err)
		    ?: read_prefix(read.dst, where, "dst", &route.dst, err)
		    ?: read_gateway(read.gw, where, "gw", &route.gw, err);
	if (r < 0)
		return r;
	route.mtu = read.mtu;
	route.advmss = read.advmss;
	route.priority = read.priority;
	route.has_table = json_get(json, "table");
	route.table = read.table;
	route.has_scope = json_get(json, "scope");
	route.scope = read.scope;
	*result_add_route(into) = route;
	return 0;
}

typedef int read_item(const cJSON *json, const char *where, enum version_shape shape,
		      struct result *into, struct cni_error *err);

static int read_list(const cJSON *list, const char *where, read_item *read,
		     enum version_shape shape, struct result *into, struct cni_error *err)
{
	unsigned i = 0;

	for (const cJSON *item = list ? list->child : NULL; item; item = item->next, i++) {
		cleanup_free char *item_where = xasprintf("%s[%u]", where, i);
		int r = read(item, item_where, shape, into, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int routes_parse(const cJSON *list, const char *where, struct result *into, struct cni_error *err)
{
	if (list && !cJSON_IsArray(list) && !cJSON_IsNull(list))
		return conf_fail_type(err, where, list, "array");
	return read_list(list, where, read_route, SHAPE_1_0, into, err);
}

static int read_newer(const cJSON *json, enum version_shape shape, struct result *into,
		      struct cni_error *err)
{
	struct result_keys read;

	return conf_read(json, result_keys, array_size(result_keys), "", &read, err)
		       ?: read_list(read.interfaces, "interfaces", read_interface, shape, into,
				    err)
		       ?: read_list(read.ips, "ips", read_ip, shape, into, err)
		       ?: read_list(read.routes, "routes", read_route, shape, into, err)
		       ?: dns_parse(read.dns, "dns", &into->dns, err);
}

static int read_old_ip(const cJSON *json, const char *where, struct result *into,
		       struct cni_error *err)
{
	cleanup_free char *routes_where = xasprintf("%s.routes", where);
	struct result_ip ip = { 0 };
	struct old_ip_keys read;
	int r;

	if (!json)
		return 0;
	r = conf_read(json, old_ip_keys, array_size(old_ip_keys), where, &read, err)
		    ?: read_prefix(read.ip, where, "ip", &ip.address, err)
		    ?: read_gateway(read.gateway, where, "gateway", &ip.gateway, err);
	if (r < 0)
		return r;
	*result_add_ip(into) = ip;
	return routes_parse(read.routes, routes_where, into, err);
}

static int read_oldest(const cJSON *json, struct result *into, struct cni_error *err)
{
	struct old_result_keys read;

	return conf_read(json, old_result_keys, array_size(old_result_keys), "", &read, err)
		       ?: read_old_ip(read.ip4, "ip4", into, err)
		       ?: read_old_ip(read.ip6, "ip6", into, err)
		       ?: dns_parse(read.dns, "dns", &into->dns, err);
}

int result_parse(const cJSON *json, const char *version, struct result *ret, struct cni_error *err)
{
	cleanup_result struct result result = { 0 };
	enum version_shape shape = version_shape(version);
	int r;

	if (shape == SHAPE_NONE)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "unsupported CNI result version \"%s\"",
				version);
	r = shape == SHAPE_0_1 ? read_oldest(json, &result, err)
			       : read_newer(json, shape, &result, err);
	if (r < 0)
		return r;
	*ret = result;
	result = (struct result){ 0 };
	return 0;
}
