/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks everybody on a link who has certain addresses: by ARP, and for IPv6 by neighbour
 * solicitations.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "net/link.h"
#include "types/addr.h"

enum { WIRE_QUESTIONS = 4096 }; /* that are put; no answer is waited for beyond a second */

/* In whose name is asked. An address that is not set: IPv6 is not asked about, IPv4 by a probe. */
struct wire_asker {
	int link;
	uint8_t mac[MAC_SIZE];
	struct addr ipv4, ipv6;
};

/* Somebody with that MAC says that the address is his; called once for each answer. */
typedef void wire_fn(const struct addr *addr, const uint8_t mac[MAC_SIZE], void *data);

/* -EINTR after SIGTERM, another -errno where nothing could be asked. */
int wire_ask(const struct wire_asker *asker, const struct addr *addrs, size_t count, wire_fn *fn,
	     void *data) must_check;
