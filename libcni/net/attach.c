/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which sockets an attachment needs, and when the container's namespace is the wrong one. */
#include "net/attach.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include "base/text.h"
#include "net/nsid.h"

static int open_socket(struct netlink *nl, const char *where, struct cni_error *err)
{
	int r = netlink_open(nl, NETLINK_ROUTE);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot open a netlink socket in %s", where);
	return 0;
}

int attach_open(struct attach *at, const char *netns_path, bool allow_own, struct cni_error *err)
{
	cleanup_close int netns = -1, home = -1;
	int r;

	if (!text_is_empty(netns_path)) {
		netns = netns_open(netns_path, err);
		if (netns < 0)
			return netns;
		home = allow_own ? -1 : netns_open_own();
		if (home >= 0 && netns_is_same(home, netns)) {
			r = cni_fail(
				err, CNI_ERR_NETNS, 0,
				"plugin's netns and netns from CNI_NETNS should not be the same");
			cni_error_details(err, "%s is the network namespace the plugin runs in",
					  netns_path);
			return r;
		}
	}
	r = open_socket(&at->host, "the host's namespace", err);
	if (r < 0)
		return r;
	at->netns = steal_fd(&netns);
	at->home = steal_fd(&home);
	at->netns_path = netns_path;
	return 0;
}

int attach_enter(struct attach *at, struct netns_visit *visit, struct cni_error *err)
{
	if (at->home < 0)
		at->home = netns_open_own();
	/* The other way says what is wrong. */
	return at->home < 0 ? netns_enter(visit, at->netns, err)
			    : netns_enter_from(visit, at->home, at->netns, err);
}

int attach_open_container(struct attach *at, struct cni_error *err)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r;

	if (at->container.fd >= 0)
		return 0;
	r = attach_enter(at, &visit, err)
		    ?: open_socket(&at->container, "the container's namespace", err);
	at->container.netns = &at->netns;
	return r;
}

struct nl_msg *attach_name_request(const struct attach *at)
{
	return nsid_request(at->netns);
}

int attach_take_name(const struct nlmsghdr *answer, void *data)
{
	return nsid_take(answer, data);
}

int attach_find_peer(const struct attach *at, const struct link *host_end, int name)
{
	const bool is_there = host_end->peer_is_elsewhere
				      ? name >= 0 && host_end->peer_netns == name
				      : netns_is_own(at->netns);

	return is_there && host_end->peer > 0 ? host_end->peer : -ENODEV;
}

int attach_get_peer(struct attach *at, const struct link *host_end)
{
	int name = NETNSA_NSID_NOT_ASSIGNED;
	int r = netlink_get(&at->host, attach_name_request(at), attach_take_name, &name);

	return r < 0 ? r : attach_find_peer(at, host_end, name);
}

void attach_close(struct attach *at)
{
	netlink_shut(&at->container);
	netlink_shut(&at->host);
	close_fd(&at->netns);
	close_fd(&at->home);
	at->netns = at->home = -1;
}
