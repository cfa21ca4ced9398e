/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipspoofchk: what enters a bridge from a container's port must come from the container's own
 * addresses: IPv4, IPv6 and its link-local one, in ARP and in neighbour advertisements too. Router
 * advertisements, redirects and what is neither IP nor ARP are dropped. A table of its own beside
 * that of the MAC check; each works without the other.
 */
#pragma once

#include <netinet/in.h> /* before the kernel's headers, which then leave the same names out */

#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/link.h"
#include "net/netlink.h"
#include "nft/owned.h"
#include "types/addr.h"
#include "types/owner.h"

/* A port and what may come from it. */
struct ipspoof {
	const char *port;
	const uint8_t *mac; /* of the container's end: its link-local address follows from it */
	const struct prefix *addresses;
	size_t count;
};

/* What the owner had before is replaced. */
int ipspoof_add(struct netlink *nft, const struct owner *owner, const struct ipspoof *spec,
		struct cni_error *err) must_check;
int ipspoof_delete(struct netlink *nft, const struct owner *owner,
		   struct cni_error *err) must_check;
int ipspoof_check(struct netlink *nft, const struct owner *owner, const struct ipspoof *spec,
		  struct cni_error *err) must_check;
int ipspoof_collect(struct netlink *nft, const char *network, owner_keep_fn *keep, void *data,
		    struct cni_error *err) must_check;
int ipspoof_status(struct netlink *nft, struct cni_error *err) must_check; /* owned_status() */
