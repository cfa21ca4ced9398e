/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells the neighbours who has an address now: a gratuitous ARP per IPv4 address (RFC 5227,
 * section 3), an unsolicited neighbour advertisement per IPv6 address (RFC 4861, section 7.2.6).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/link.h"
#include "types/addr.h"

enum { ANNOUNCEMENT_SIZE = 72 };

/* One announcement, without its Ethernet header. */
struct announcement {
	uint16_t protocol; /* ETH_P_* */
	uint8_t destination[MAC_SIZE];
	size_t size;
	uint8_t bytes[ANNOUNCEMENT_SIZE];
};

/* What is to be sent for this address; pure. */
void announcement_make(const uint8_t mac[MAC_SIZE], const struct addr *addr,
		       struct announcement *ret);

/* Of an IPv6 packet that holds one ICMPv6 message of an even size, whose checksum is 0 yet. */
uint16_t icmp6_checksum(const void *packet, size_t size);

/*
 * Opens a packet socket in the current namespace (that of the container): a descriptor or -errno.
 */
int announce_open(void) must_check;

/* Sends one announcement through the link; -errno. */
int announce_address(int packet_socket, int link, const uint8_t mac[MAC_SIZE],
		     const struct addr *addr) must_check;
