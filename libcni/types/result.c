/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lists of a result, and what old versions cannot say. */
#include "types/result.h"

#include "base/alloc.h"
#include "types/version.h"

static char *copy_or_null(const char *s)
{
	return text_is_empty(s) ? NULL : xstrdup(s);
}

struct result_interface *result_add_interface(struct result *result, const char *name,
					      const char *mac_or_null, const char *sandbox_or_null)
{
	struct result_interface *interface;

	result->interfaces = xgrow(result->interfaces, result->interface_count, sizeof(*interface));
	interface = &result->interfaces[result->interface_count++];
	*interface = (struct result_interface){
		.name = xstrdup(name),
		.mac = copy_or_null(mac_or_null),
		.sandbox = copy_or_null(sandbox_or_null),
	};
	return interface;
}

struct result_ip *result_add_ip(struct result *result)
{
	struct result_ip *ip;

	result->ips = xgrow(result->ips, result->ip_count, sizeof(*ip));
	ip = &result->ips[result->ip_count++];
	*ip = (struct result_ip){ 0 };
	return ip;
}

struct route *result_add_route(struct result *result)
{
	struct route *route;

	result->routes = xgrow(result->routes, result->route_count, sizeof(*route));
	route = &result->routes[result->route_count++];
	*route = (struct route){ 0 };
	return route;
}

int result_fits_version(const struct result *result, const char *version, struct cni_error *err)
{
	enum version_shape shape = version_shape(version);

	if (shape == SHAPE_NONE)
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"no converter for CNI result version %s to %s", VERSION_NEWEST,
				version);
	if (shape == SHAPE_0_1 && result->ip_count == 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "cannot convert: no valid IP addresses");
	return 0;
}

int result_check_families(size_t ipv4, size_t ipv6, const char *version, struct cni_error *err)
{
	if (version_shape(version) != SHAPE_0_1 || (ipv4 <= 1 && ipv6 <= 1))
		return 0;
	return cni_fail(err, CNI_ERR_INTERNAL, 0,
			"CNI version %s does not support more than 1 address per family",
			text_is_empty(version) ? VERSION_UNSET : version);
}

static void interface_release(struct result_interface *interface)
{
	free(interface->name);
	free(interface->mac);
	free(interface->sandbox);
	free(interface->socket_path);
	free(interface->pci_id);
}

void result_drop_interfaces(struct result *result)
{
	for (size_t i = 0; i < result->interface_count; i++)
		interface_release(&result->interfaces[i]);
	free(result->interfaces);
	result->interfaces = NULL;
	result->interface_count = 0;
}

void result_release(struct result *result)
{
	result_drop_interfaces(result);
	free(result->ips);
	free(result->routes);
	dns_release(&result->dns);
	*result = (struct result){ 0 };
}
