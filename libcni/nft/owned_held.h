/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which elements are still whose they were. */
#pragma once

#include "nft/ask.h"

/* Leaves only elements that the owner in their comment has; their order changes. */
int owned_keep_held(struct netlink *nl, const struct nft_table *table,
		    struct nft_elements *elements) must_check;
