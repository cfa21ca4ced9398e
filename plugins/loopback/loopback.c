/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loopback: brings lo up in the container. Runs for every container of some runtimes, so it asks
 * the kernel for nothing else.
 */
#include <errno.h>

#include "net/attach.h"
#include "net/ifaddr.h"
#include "net/link.h"
#include "plugin/check.h"
#include "plugin/plugin.h"

static int get_lo(struct netlink *nl, struct link *ret, struct cni_error *err)
{
	int r = link_get(nl, "lo", ret);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up lo in the container");
	return 0;
}

static int fail_set(int r, const char *what, struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_LINK, -r, "failed to set lo %s in the container", what);
}

/* The first address of each family; anything but loopback addresses on lo is somebody's mistake. */
static int list_addresses(struct netlink *nl, int lo, struct result *result, struct cni_error *err)
{
	cleanup_ifaddrs struct ifaddrs list = { 0 };
	bool seen_ipv4 = false, seen_ipv6 = false;
	int r = ifaddr_list(nl, lo, AF_UNSPEC, &list);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to list the addresses of lo");
	for (size_t i = 0; i < list.count; i++) {
		const struct prefix *address = &list.items[i].address;
		bool *seen = address->addr.family == AF_INET ? &seen_ipv4 : &seen_ipv6;
		char text[PREFIX_TEXT];
		struct result_ip *ip;

		if (!addr_is_loopback(&address->addr))
			return cni_fail(
				err, CNI_ERR_CONFLICT, 0,
				"loopback interface has the address %s, which is no loopback address",
				prefix_print(address, text));
		if (*seen)
			continue;
		*seen = true;
		ip = result_add_ip(result);
		ip->address = *address;
		ip->has_interface = true;
	}
	return 0;
}

static int make_result(struct netlink *nl, int lo, const char *netns, struct result *result,
		       struct cni_error *err)
{
	(void)result_add_interface(result, "lo", "00:00:00:00:00:00", netns);
	return list_addresses(nl, lo, result, err);
}

/* An ADD that fails leaves lo as it was. */
struct setting {
	struct netlink *nl;
	int lo; /* 0: nothing to take back */
};

static void setting_undo(struct setting *setting)
{
	if (setting->lo > 0)
		ignore(link_set_down(setting->nl,
				     setting->lo)); /* the first error is what counts */
}

static int loopback_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_attach struct attach at = ATTACH_CLOSED;
	cleanup_with(setting_undo) struct setting setting = { 0 };
	cleanup_result struct result result = { 0 };
	struct link lo;
	int has_prev;
	int r;

	has_prev = netconf_prev_result(&call->conf, &result, err);
	if (has_prev < 0)
		return has_prev;
	r = attach_open(&at, call->netns, call->allow_own_netns, err)
		    ?: attach_open_container(&at, err)
		    ?: get_lo(&at.container, &lo, err);
	if (r < 0)
		return r;
	if (!(lo.flags & IFF_UP))
		setting = (struct setting){ .nl = &at.container, .lo = lo.index };
	r = link_set_up(&at.container, lo.index);
	if (r < 0)
		return fail_set(r, "up", err);
	r = (has_prev ? 0 : make_result(&at.container, lo.index, call->netns, &result, err))
		    ?: result_print(&result, call->conf.version, out, err);
	if (r == 0)
		setting.lo = 0;
	return r;
}

/* Without a namespace there is no lo left, and a container that renames it wants none. */
static int loopback_del(struct cni_call *call, struct cni_error *err)
{
	cleanup_attach struct attach at = ATTACH_CLOSED;
	struct link lo;
	int r;

	if (!*call->netns)
		return 0;
	r = attach_open(&at, call->netns, call->allow_own_netns, err);
	if (r == -ENOENT) {
		cni_error_release(err);
		return 0;
	}
	if (r == 0)
		r = attach_open_container(&at, err);
	if (r < 0)
		return r;
	r = get_lo(&at.container, &lo, err);
	if (r == -ENODEV) {
		cni_error_release(err);
		return 0;
	}
	if (r < 0)
		return r;
	r = link_set_down(&at.container, lo.index);
	return r < 0 ? fail_set(r, "down", err) : 0;
}

static int loopback_check(struct cni_call *call, struct cni_error *err)
{
	cleanup_attach struct attach at = ATTACH_CLOSED;

	return attach_open(&at, call->netns, true, err) ?: check_loopback(&at, err);
}

static const struct privileges privileges = { PRIVILEGES_REACH | PRIVILEGE(CAP_NET_ADMIN) };

static const struct cni_plugin loopback = {
	.name = "loopback",
	.config_words = "failed to parse network config",
	.privileges = &privileges,
	.add = loopback_add,
	.del = loopback_del,
	.check = loopback_check,
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&loopback, count, arguments);
}
