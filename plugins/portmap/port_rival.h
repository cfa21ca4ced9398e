/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An owner who has what another one wants, and what proves his death. */
#pragma once

#include "net/node.h"
#include "nft/owned.h"

/* What is known of an owner who has what we want; all zero at first. */
struct rival {
	char owner[NFT_COMMENT];
	struct owned_entries entries, places;
	struct owned_lookup lookup; /* in `places` */
	bool has_link, has_netns;
	struct node netns;
	bool is_judged, is_dead;
};

/* Reads what the owner has, unless it is there already: once for however many ports. */
int rival_read(struct netlink *nft, const char *owner, struct rival *ret) must_check;

/*
 * 1 when it is gone, 0 when it lives or nobody can tell, or -errno. `own_netns` is the namespace of
 * the caller's container, all zero when it is not known.
 */
int rival_is_dead(struct rival *rival, const struct node *own_netns) must_check;

/*
 * True when it is known to be in another namespace than the caller's container: then it is another
 * container, even under the same id.
 */
bool rival_is_elsewhere(const struct rival *rival, const struct node *own_netns) must_check;

void rival_release(struct rival *rival);
