/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a configuration names a master, and which one is meant when it does not. */
#include "plugin/master.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "net/route.h"

static bool is_default(const struct kernel_route *route)
{
	return route->table == RT_TABLE_MAIN && route->dst.len == 0 && route->link;
}

/* The next hops of a route follow each other. */
static bool has_one_link(const struct kernel_routes *routes, size_t first)
{
	const struct kernel_route *route = &routes->items[first];

	for (size_t i = first + 1; route->is_hop && i < routes->count; i++) {
		const struct kernel_route *other = &routes->items[i];

		if (!other->is_hop || !is_default(other) || other->priority != route->priority)
			break;
		if (other->link != route->link)
			return false;
	}
	return true;
}

/* -ENOTUNIQ: it leads over several interfaces. */
static int find_default(struct netlink *nl, int *ret_index)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < array_size(families); i++) {
		cleanup_routes struct kernel_routes routes = { 0 };
		int r = route_list(nl, families[i], &routes);

		if (r < 0)
			return r;
		for (size_t j = 0; j < routes.count; j++) {
			if (!is_default(&routes.items[j]))
				continue;
			*ret_index = routes.items[j].link;
			return has_one_link(&routes, j) ? 0 : -ENOTUNIQ;
		}
	}
	return -ENOENT;
}

static int find_without_name(struct netlink *nl, struct link *ret, struct cni_error *err)
{
	int index = 0;
	int r = find_default(nl, &index);

	if (r == -ENOENT || r == -ENOTUNIQ) {
		r = r == -ENOENT
			    ? cni_fail(err, CNI_ERR_INTERNAL, 0, "no default route interface found")
			    : cni_fail(err, CNI_ERR_INTERNAL, 0,
				       "the default route leads over several interfaces");
		cni_error_details(err, "name the interface to stand on in master");
		return r;
	}
	if (r == 0)
		r = link_get_index(nl, index, ret);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r,
				"failed to look up the interface of the default route");
	return 0;
}

int master_find(struct netlink *nl, const char *name, struct link *ret, struct cni_error *err)
{
	int r;

	if (!*name)
		return find_without_name(nl, ret, err);
	r = link_get(nl, name, ret);
	if (r == -ENODEV) {
		(void)cni_fail(err, CNI_ERR_INTERNAL, 0,
			       "failed to lookup master \"%s\": Link not found", name);
		cni_error_details(err, "create the interface, or name another in master");
		return -ENODEV;
	}
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to lookup master \"%s\"", name);
	return 0;
}

int master_check_mtu(const struct link *master, int mtu, struct cni_error *err)
{
	if (mtu >= 0 && mtu <= master->mtu)
		return 0;
	return cni_fail(err, CNI_ERR_INTERNAL, 0, "invalid MTU %d, must be [0, master MTU(%d)]",
			mtu, master->mtu);
}

int master_status(struct netlink *nl, const char *name, struct cni_error *err)
{
	cleanup_error struct cni_error cause = { 0 };
	struct link master;
	int r = master_find(nl, name, &master, &cause);

	if (r == -ENODEV) {
		r = cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "master %s is missing", name);
		cni_error_details(err, "create the interface, or name another in master");
		return r;
	}
	if (r < 0)
		return cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "%s", cause.msg);
	if (master.flags & IFF_UP)
		return 0;
	r = cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "master %s is down", master.name);
	cni_error_details(err, "set it up: ip link set %s up", master.name);
	return r;
}
