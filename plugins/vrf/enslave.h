/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A link goes into a VRF, and its addresses and routes with it. */
#pragma once

#include "net/ifaddr.h"
#include "net/link.h"
#include "net/route.h"

/* What the kernel drops when a link gets a master. */
struct belongings {
	struct ifaddrs addresses;     /* IPv6, global */
	struct kernel_routes routes4; /* of the main table, of the link, but the kernel's own */
	struct kernel_routes routes6; /* of the main table, of the link */
};

void belongings_release(struct belongings *belongings);

int belongings_read(struct netlink *nl, const struct link *link, struct belongings *ret,
		    struct cni_error *err) must_check;

/* Makes the link a port of `master` (0: of nothing), and brings all back into the table. */
int enslave(struct netlink *nl, const struct link *link, int master, uint32_t table,
	    const struct belongings *belongings, struct cni_error *err) must_check;
