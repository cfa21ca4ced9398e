/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chains of other programs that may drop what containers send, and that nobody but their owners can
 * change: nftables tables of the administrator, firewalld's, those of iptables-legacy.
 */
#pragma once

#include <stdbool.h>

#include "net/netlink.h"

/*
 * Says on stderr which there are, and the command that helps. Those that say something of the
 * bridge are taken for well; "": any bridge. `has_zone`: firewalld lets the containers through, and
 * nothing else of ours does.
 */
void others_tell(struct netlink *nft, const char *bridge, bool has_zone);
