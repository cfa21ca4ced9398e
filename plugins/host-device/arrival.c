/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what a device gets back only once it is home. */
#include "arrival.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/warn.h"

enum { TRIES = 3 };

static int give_back(struct netlink *host, const struct state *state)
{
	struct link link;
	int r = link_get(host, state->name, &link);

	if (r == 0 && state->flags)
		r = link_apply(host, link.index, &(struct link_change){ .on = state->flags });
	return r < 0 ? r
		     : belongings_restore(host, state->was.index, link.index, &state->belongings);
}

/* Some of it may not be possible any more, and whatever is not was tried more than once. */
void settle(struct netlink *host, const struct state *state)
{
	cleanup_free char *reason = NULL;
	int r = -EAGAIN;

	for (int i = 0; r < 0 && i < TRIES; i++)
		r = give_back(host, state);
	if (r == 0)
		return;
	reason = error_text(-r);
	cni_warn("%s is back, but not all of its addresses and routes: %s", state->name, reason);
}
