/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a lease is used: an interface in a namespace. Nothing of it stays open, so that a namespace
 * ends when its container does; it is opened for each visit and must be the one that ADD saw. What
 * a container can change, such as the interface's name, does not count.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/link.h"
#include "net/netns.h"

struct spot {
	char *path;	    /* of the namespace; owned */
	struct netns_id id; /* of the file */
	uint64_t cookie;    /* of the namespace; 0: the kernel has none to tell (before 5.14) */
	int index;	    /* of the interface */
	uint8_t mac[MAC_SIZE];
};

/* A visit: the process is in the namespace, and has a socket there. */
struct spot_visit {
	struct netns_visit visit;
	int netns;
	struct netlink nl;
	struct link link;
};

#define SPOT_NOT_VISITED                                                                           \
	{                                                                                          \
		.visit = NETNS_AT_HOME, .netns = -1, .nl = NETLINK_CLOSED                          \
	}
#define cleanup_spot_visit cleanup_with(spot_leave)

/*
 * ADD: goes there and looks; the interface is set up if it is down. Refuses what cannot speak DHCP.
 * Takes `path`.
 */
int spot_find(const char *path, const char *ifname, struct spot *ret, struct spot_visit *visit,
	      struct cni_error *err) must_check;

/*
 * Goes there once more. -ESTALE: the namespace is not there any more; -ENODEV: the interface is
 * not; other -errno.
 */
int spot_enter(const struct spot *spot, struct spot_visit *visit) must_check;
void spot_leave(struct spot_visit *visit);

/* False when nothing is at the path, or another namespace: the one that ADD saw is gone from it. */
bool spot_is_there(const struct spot *spot);
