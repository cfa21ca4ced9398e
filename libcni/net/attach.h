/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two ends every attaching plugin works with: a socket in the host's namespace and one in the
 * container's.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/link.h"
#include "net/netlink.h"
#include "net/netns.h"

struct attach {
	struct netlink host;
	struct netlink container; /* closed until attach_open_container() */
	int netns;		  /* descriptor of the container's namespace, or -1 */
	const char *netns_path;	  /* borrowed */
	int home;		  /* of the namespace we are in, or -1: nobody needed it yet */
};

#define ATTACH_CLOSED                                                                              \
	{                                                                                          \
		.host = NETLINK_CLOSED, .container = NETLINK_CLOSED, .netns = -1, .home = -1       \
	}
#define cleanup_attach cleanup_with(attach_close)

/*
 * Opens the host socket and, unless `netns_path` is empty, the namespace; nothing is changed or
 * visited. -ENOENT when the path does not exist. A namespace that is our own is refused with code
 * 8 `plugin's netns and netns from CNI_NETNS should not be the same` unless `allow_own`.
 */
int attach_open(struct attach *at, const char *netns_path, bool allow_own,
		struct cni_error *err) must_check;

/* Opens the container socket: one visit there and back. Does nothing when it is open. */
int attach_open_container(struct attach *at, struct cni_error *err) must_check;

/* A visit to the container; the way home is opened once for all of them. */
int attach_enter(struct attach *at, struct netns_visit *visit, struct cni_error *err) must_check;

/*
 * What the host calls the container's namespace, for batches of the host's socket; `data` of
 * attach_take_name() is an int.
 */
struct nl_msg *attach_name_request(const struct attach *at) must_check;
int attach_take_name(const struct nlmsghdr *answer, void *data);

/*
 * The other end of a link of the host: its index, when it is in the container, which the host's
 * kernel calls `name`; -ENODEV when it is elsewhere. Nothing that the container says counts.
 */
int attach_find_peer(const struct attach *at, const struct link *host_end, int name) must_check;

/* The same for a caller that has no batch to ask in. */
int attach_get_peer(struct attach *at, const struct link *host_end) must_check;

void attach_close(struct attach *at);
