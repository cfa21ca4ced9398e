/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nftables table `inet cni_portmap`. A mapping is a few elements of maps and sets, each an
 * entry of its owner (nft/owned.h):
 *
 *	PORT	protocol and port, before it the address with hostIP : container's address and port
 *	LOCAL	the same key: reachable from the host through 127.0.0.1 and ::1
 *	FROM	the same key, in a set for each subnet: whoever asks from there is marked
 *	TO	container's address, in a set for each mark: marked traffic to it is masqueraded
 *	LIMIT	the same key as PORT, in a set for each list of conditions
 *	LIFE	no element: what the owner's network namespace was, by which its death is known
 *
 * Two interfaces of one container may want the same port. Entries of the second one wait, marked
 * OWNED_WAITS, and have no elements; but a LIMIT has one of a protocol that does not exist, which
 * keeps its set and the rules, because the conditions are written nowhere else.
 */
#pragma once

#include "net/node.h"
#include "nft/owned.h"
#include "types/addr.h"

enum port_kind {
	PORT_KIND_PORT,
	PORT_KIND_LOCAL,
	PORT_KIND_FROM,
	PORT_KIND_TO,
	PORT_KIND_LIMIT,
	PORT_KIND_LIFE,
};

/* An entry as the index keeps it: numbers in network order, what a kind does not need is zero. */
struct port_entry {
	uint8_t kind; /* enum port_kind, perhaps with OWNED_WAITS */
	uint8_t family;
	uint8_t protocol;
	uint8_t subnet; /* FROM: prefix length of the container's subnet, 0: from everywhere */
	uint16_t host_port, container_port;
	union {
		uint8_t conditions[8]; /* LIMIT: their hash */
		uint8_t mark_bit;      /* FROM, TO */
		bool has_link;	       /* PORT: the owner had a link on the host when it got it */
	};
	uint8_t host[16]; /* zero: every address */
	uint8_t container[16];
};

_Static_assert(sizeof(struct port_entry) == OWNED_ENTRY, "fills the index's data");

/* LIFE, in the order of the machine; what is not known is zero. */
struct life_entry {
	uint8_t kind;
	uint8_t unused[15];
	uint64_t dev, inode, ns_id;
	int64_t ctime;
};

_Static_assert(sizeof(struct life_entry) == OWNED_ENTRY, "fills the index's data");

struct owned_entry life_entry_pack(const struct node *netns);
struct node life_entry_unpack(const struct owned_entry *packed);

/* `about` of LIMIT entries is their struct conditions. */
struct owned_entry port_entry_pack(const struct port_entry *entry, const void *about);
struct port_entry port_entry_unpack(const struct owned_entry *packed);

struct addr port_entry_host(const struct port_entry *entry); /* AF_UNSPEC: every address */
struct addr port_entry_container(const struct port_entry *entry);

extern const struct owned_table port_table;
extern const struct owned_table *const port_tables[1]; /* the same, as a list */

/* Calls of the table's functions that others need. */
struct nft_element port_element(const struct owned_entry *packed, size_t i);
