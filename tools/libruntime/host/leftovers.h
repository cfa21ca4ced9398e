/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the Go plugins have left in the kernel of attachments that nobody knows any more, by the
 * names and comments they use. Only looked at; iptables means iptables-nft, as in reference.h.
 */
#pragma once

#include <stddef.h>

#include "net/netlink.h"
#include "types/owner.h"

/* `what` it is, in words, and the command that removes it; both are valid during the call. */
typedef void leftover_fn(const char *what, const char *command, void *data);

/*
 * Calls `fn` for each thing that is of none of the known attachments, and of none of the bridges of
 * the host.
 */
int reference_leftovers(struct netlink *nft, const struct attachment *known, size_t known_count,
			const char *const *bridges, size_t bridge_count, leftover_fn *fn,
			void *data) must_check;
