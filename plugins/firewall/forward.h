/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains of iptables-nft: where table filter has a chain FORWARD that drops or has rules, what
 * our own table accepts is dropped there all the same. So containers are accepted there, in the
 * chains and with the rules of the reference's plugin:
 *
 *	FORWARD		first: to CNI-FORWARD
 *	CNI-FORWARD	first: to the administrator's chain; then three rules for each address
 *
 * The chains go with the last container when they are ours and nobody else uses them.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "net/netlink.h"
#include "nft/owned.h"
#include "types/addr.h"

/* What is wanted, for one owner; all borrowed. */
struct forward {
	const char *owner, *admin_chain;
	const struct addr *addresses; /* sorted, each once */
	size_t count;
};

/* Accepts these addresses where something may drop, and nothing else of the owner's. */
int forward_accept(struct netlink *nft, const struct forward *forward,
		   struct cni_error *err) must_check;

/*
 * Removes what the owner has, and the rules for these addresses that tell no owner: those of the
 * reference's plugin.
 */
int forward_withdraw(struct netlink *nft, const struct forward *forward,
		     struct cni_error *err) must_check;

/* CHECK: code 104 names what is missing. */
int forward_check(struct netlink *nft, const struct forward *forward,
		  struct cni_error *err) must_check;

/* Does the chain accept each of the addresses with the reference's two rules, for nobody else? */
int forward_is_accepted_by_reference(struct netlink *nft, const struct forward *forward,
				     bool *ret) must_check;

/* GC: removes what owners of this network have for which keep() is false. */
int forward_collect(struct netlink *nft, const char *network, owner_keep_fn *keep, void *data,
		    struct cni_error *err) must_check;
