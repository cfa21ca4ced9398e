/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP masquerade: what leaves a container for anything but its own subnet and multicast gets the
 * host's address. One rule for each subnet, one set element for each address, everything tagged
 * with its owner; DEL and GC need no address.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/netlink.h"
#include "nft/owned.h"
#include "types/addr.h"
#include "types/owner.h"

/*
 * Masquerades exactly these addresses (with the prefix length of their subnets) for this owner,
 * in one transaction. What the owner had before is replaced; an address that another owner still
 * has is taken over (its container is gone, or the IPAM would not have given it out).
 */
int masquerade_add(struct netlink *nft, const struct owner *owner, const struct prefix *addresses,
		   size_t count, struct cni_error *err) must_check;

/* Removes what this owner has, and the table with the last element; 0 when there is nothing. */
int masquerade_delete(struct netlink *nft, const struct owner *owner,
		      struct cni_error *err) must_check;

/*
 * CHECK: every address is masqueraded for this owner and the rules are in place; code 104 naming
 * what is missing.
 */
int masquerade_check(struct netlink *nft, const struct owner *owner, const struct prefix *addresses,
		     size_t count, struct cni_error *err) must_check;

/*
 * Removes the elements of all owners of this network for which keep(owner text, data) is false.
 */
int masquerade_collect(struct netlink *nft, const char *network, owner_keep_fn *keep, void *data,
		       struct cni_error *err) must_check;
int masquerade_status(struct netlink *nft, struct cni_error *err) must_check; /* owned_status() */
