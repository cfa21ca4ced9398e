/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how to find a link by its other end, which is on the host: the kernel tells there in which
 * namespace the link is and with what number, and no container can make it tell otherwise.
 */
#include "stray.h"

#include <errno.h>
#include <stdio.h>

#include "base/warn.h"
#include "net/holders.h"
#include "net/netns.h"
#include "net/nsid.h"

void stray_note(struct netlink *host, const struct link *link, struct state *ret)
{
	struct link end;

	if (!text_equal(link->kind, "veth") || !link->peer || link->peer_is_elsewhere ||
	    link_get_index(host, link->peer, &end) < 0)
		return;
	(void)snprintf(ret->other_end, sizeof(ret->other_end), "%s", end.name); /* it fits */
}

/* A number can be another link's by now, but hardly one of the same name. */
static bool find_end(struct netlink *host, const struct state *state, struct link *ret)
{
	return *state->other_end && link_get_index(host, state->was.peer, ret) == 0 &&
	       text_equal(ret->kind, "veth") && text_equal(ret->name, state->other_end) &&
	       ret->peer_is_elsewhere && ret->peer_netns >= 0;
}

static int open_numbered(struct netlink *host, int number)
{
	cleanup_holders struct holders holders = { 0 };

	holders_find(&holders);
	for (size_t i = 0; i < holders.count; i++) {
		cleanup_error struct cni_error ignored = { 0 };
		cleanup_close int fd = -1;

		if (!holders.items[i].path)
			continue;
		fd = netns_open(holders.items[i].path, &ignored);
		if (fd >= 0 && nsid_of(host, fd) == number)
			return steal_fd(&fd);
	}
	return -EAGAIN;
}

static int get_link(int netns, const struct state *state, int index, struct link *ret)
{
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_netlink struct netlink nl = NETLINK_CLOSED;
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r = netns_enter(&visit, netns, &ignored)
			?: netlink_open(&nl, NETLINK_ROUTE)
			?: link_get_index(&nl, index, ret);

	if (r == 0 && (!text_equal(ret->kind, "veth") || ret->peer != state->was.peer))
		return -ENODEV;
	return r;
}

int stray_find(struct netlink *host, const struct state *state, int *ret_netns, struct link *ret)
{
	cleanup_close int netns = -1;
	struct link end;
	int r;

	if (!find_end(host, state, &end))
		return 1;
	netns = open_numbered(host, end.peer_netns);
	r = netns < 0 ? netns : get_link(netns, state, end.peer, ret);
	if (r < 0) {
		cni_warn(
			"%s is in a namespace that cannot be opened; it comes home with a DEL or GC that can",
			state->name);
		return -EAGAIN;
	}
	*ret_netns = steal_fd(&netns);
	return 0;
}
