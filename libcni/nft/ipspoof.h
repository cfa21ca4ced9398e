/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipspoofchk: what enters a bridge from a container's port must come from the container's own
 * addresses: IPv4, IPv6 and its link-local one, in ARP and in neighbour advertisements too. Router
 * advertisements, redirects and what is neither IP nor ARP are dropped. A table of its own beside
 * that of the MAC check; each works without the other.
 */
#pragma once

#include <netinet/in.h> /* before the kernel's headers, which then leave the same names out */

#include <stddef.h>

#include "net/link.h"
#include "nft/owned.h"
#include "types/addr.h"

/* A port and what may come from it. */
struct ipspoof {
	const char *port;
	const uint8_t *mac; /* of the container's end: its link-local address follows from it */
	const struct prefix *addresses;
	size_t count;
};

extern const struct owned_table ipspoof_table;

/* Adds the port, its link-local address and the others. */
void ipspoof_add_entries(const struct ipspoof *spec, struct owned_entries *ret);
