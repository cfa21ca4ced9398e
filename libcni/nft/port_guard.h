/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spoof checks of a port of a switch whose frames pass no hook of a bridge: a table of its own
 * for each port, whose chain the kernel asks about what comes from that link only, and before the
 * switch sees it. So no check costs other ports anything.
 *
 *	table netdev cni_port_<16 hex digits of SHA-512(owner)> {
 *		set owner { "veth1f0c" comment "<owner>" }
 *		set allowed-ipv4, allowed-ipv6 { … }		as in nft/ipspoof.h, with the rules
 *of `source` chain source { … } chain ingress { type filter hook ingress device "veth1f0c" priority
 *-300; policy accept; ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop
 *			ether saddr != 0a:58:0a:01:00:05 drop
 *			jump source
 *			drop
 *		}
 *	}
 *
 * Some kernels take the chain away with the link; the table stays until it is removed, by its
 *owner. What a container tags with a VLAN is judged by what is behind the tag.
 */
#pragma once

#include "nft/ipspoof.h"
#include "nft/owned.h"
#include "nft/present.h"

struct port_guard {
	struct ipspoof port; /* addresses matter with `ip` only; borrowed */
	bool mac, ip;	     /* what is checked; neither: nothing */
};

/* ADD: the owner's table, anew. */
int port_guard_set(struct netlink *nl, const char *owner, const struct port_guard *guard,
		   struct cni_error *err) must_check;

/* DEL: does nothing when `present` does not have it. */
int port_guard_delete(struct netlink *nl, const struct nft_present *present, const char *owner,
		      struct cni_error *err) must_check;

/* CHECK: code 104. */
int port_guard_check(struct netlink *nl, const char *owner, const struct port_guard *guard,
		     struct cni_error *err) must_check;

/*
 * Calls `fn` with each such table and its owner, until it returns something else than 0, which is
 * returned; -errno.
 */
typedef int port_guard_fn(const struct nft_table *table, const char *owner, void *data);
int port_guard_each(struct netlink *nl, port_guard_fn *fn, void *data);

/* GC: tables of owners of the network for which keep() is false. */
int port_guard_collect(struct netlink *nl, const char *network, owner_keep_fn *keep, void *data,
		       struct cni_error *err) must_check;
