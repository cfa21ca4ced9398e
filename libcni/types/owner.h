/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything a plugin makes carries its owner: network/container/interface, one text that fits a
 * link's alias and a comment that nft(8) can list and load again (128 bytes). None of the three
 * parts can contain '/'. Parts that are too long are replaced by '#' and 32 hex digits of their
 * SHA-512; '#' occurs in no valid name. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { OWNER_TEXT = 129 };

/* One container's interface on one network; borrowed names. */
struct attachment {
	const char *network, *container_id, *ifname;
};

struct owner {
	char text[OWNER_TEXT]; /* "mynet/cid1/eth0" */
};

struct owner owner_of(const struct attachment *attachment);

/* True when `text` is an owner text of this network: what GC may look at. */
bool owner_text_is_of_network(const char *text, const char *network);

/*
 * `veth` and 8 hex digits from the owner; `salt` counts up from 0 when a name is taken by another
 * owner. `ret` has room for IFNAMSIZ bytes.
 */
void owner_link_name(const struct owner *owner, unsigned salt, char ret[16]);

/*
 * A unicast, locally administered MAC that is the same for the same owner, role ("host",
 * "container") and node, and different on other nodes.
 */
void owner_mac(const char *owner_text, const char *role, const char *node, uint8_t ret[6]);
