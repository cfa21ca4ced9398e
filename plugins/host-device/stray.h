/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtual device that its container moved to a namespace further away. */
#pragma once

#include "guest.h"

/*
 * Where the host's kernel says that the other end of the host's end is: 0 with that namespace,
 * which the caller closes, and the link in it; 1 when there is none, or nobody can tell; -EAGAIN
 * when there is one in a namespace that no process shows, of which the reader was warned.
 */
int stray_find(struct netlink *host, const struct state *state, int *ret_netns,
	       struct link *ret) must_check;

/* How the host calls the other end of a link of its own; "" when that is elsewhere. */
void stray_note(struct netlink *host, const struct link *link, struct state *ret);
