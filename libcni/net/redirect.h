/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets on their way through a link that another link gets first, by filters (tc-u32(8)) with an
 * action (tc-mirred(8)) at the traffic control hooks of the link, where others may have theirs.
 * Filters can carry no name: ours are known by their priorities, which stand behind those that
 * others use, so that what others drop stays dropped.
 */
#pragma once

#include <stdbool.h>

#include "net/netlink.h"
#include "types/addr.h"

enum redirect_hook {
	REDIRECT_INCOMING, /* what the link receives; networks are those of the destination */
	REDIRECT_OUTGOING, /* what it sends; those of the source */
};

/* Which packets go to which link. */
struct redirect {
	int link;
	enum redirect_hook hook;
	int to; /* index of the link that gets them */
	/* None: all packets. Else those of these networks or, if spared, all others. */
	const struct prefix *networks;
	size_t count;
	bool spares;
};

/*
 * Makes the link's hooks, that for what it sends with `both` only: 1; 0 when it has some already;
 * -EEXIST: it has only one of both, at which there are filters of others.
 * They go with redirect_close(), and all filters with them; with redirect_close_unused() when there
 * are none.
 */
int redirect_open(struct netlink *nl, int link, bool both) must_check;
int redirect_close(struct netlink *nl, int link) must_check;
int redirect_close_unused(struct netlink *nl, int link) must_check;

/* Adds the filters, in the place of ours and of those that lead to a link that is gone. */
int redirect_add(struct netlink *nl, const struct redirect *redirect) must_check;

/*
 * Removes all of ours from the hook, and those that lead to a link that is gone. 0 also when there
 * are none.
 */
int redirect_remove(struct netlink *nl, int link, enum redirect_hook hook) must_check;

/*
 * 1 when the filters are as they were made, or as the reference makes them, 0 when not, -errno.
 */
int redirect_check(struct netlink *nl, const struct redirect *redirect) must_check;
