/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports of an owner in the kernel: putting them in, removing, comparing and collecting them. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "net/netlink.h"
#include "net/node.h"
#include "nft/owned.h"
#include "types/owner.h"
#include "types/result.h"

/*
 * Gives the owner exactly these entries, in one transaction. A port that another interface of the
 * same container has is waited for, and its entries are marked. One that another living container
 * has is code 103, naming it; that of a dead one changes hands, and *ret_takes_over says so. Dead
 * is whose network namespace is gone from everywhere; of owners that an earlier version made, whose
 * link on the host is gone. `netns` is the caller's.
 */
int ports_set(struct netlink *nft, const struct owner *owner, struct owned_entries *entries,
	      const struct node *netns, bool *ret_takes_over, struct cni_error *err) must_check;

/* What the owner has. */
int ports_get(struct netlink *nft, const struct owner *owner, struct owned_entries *ret,
	      struct cni_error *err) must_check;

int ports_delete(struct netlink *nft, const struct owner *owner, struct cni_error *err) must_check;

/*
 * CHECK: each entry is there and leads where it should, or waits as the owner's note says, and the
 * rules are there; code 104.
 */
int ports_check(struct netlink *nft, const struct owner *owner, struct owned_entries *entries,
		struct cni_error *err) must_check;

/* Is there a link on the host whose alias is this owner? Among those the result names. */
int owner_has_link(const struct owner *owner, const struct result *prev, bool *ret,
		   struct cni_error *err) must_check;
