/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a configuration names a master, and which one is meant when it does not. */
#include "plugin/master.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "net/route.h"

static int find_default(struct netlink *nl, int *ret_index)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < array_size(families); i++) {
		cleanup_routes struct kernel_routes routes = { 0 };
		int r = route_list(nl, families[i], &routes);

		if (r < 0)
			return r;
		for (size_t j = 0; j < routes.count; j++) {
			const struct kernel_route *route = &routes.items[j];

			if (route->table == RT_TABLE_MAIN && route->dst.len == 0 && route->link) {
				*ret_index = route->link;
				return 0;
			}
		}
	}
	return -ENOENT;
}

static int find_without_name(struct netlink *nl, struct link *ret, struct cni_error *err)
{
	int index = 0;
	int r = find_default(nl, &index);

	if (r == -ENOENT) {
		r = cni_fail(err, CNI_ERR_INTERNAL, 0, "no default route interface found");
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
