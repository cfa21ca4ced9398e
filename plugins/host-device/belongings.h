/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel drops when a link leaves its namespace, addresses and routes, as the bytes in
 * which the kernel told of them: nothing of it gets lost in words of ours.
 */
#pragma once

#include "base/cleanup.h"
#include "net/netlink.h"
#include "types/result.h"

struct belongings {
	struct strings addresses, routes; /* payloads of messages, in hex digits */
};

#define cleanup_belongings cleanup_with(belongings_release)

/* Those of one link; what the kernel makes again by itself is left out. */
int belongings_read(struct netlink *nl, int link, struct belongings *ret) must_check;

/*
 * Gives them to a link that is up and had the number `was`; what is there already is no error.
 * Other links of a route with several stay what they are. The first error.
 */
int belongings_restore(struct netlink *nl, int was, int link,
		       const struct belongings *belongings) must_check;

void belongings_release(struct belongings *belongings);
