/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ARP (RFC 826) for IPv4 on Ethernet, and the question whether anybody has an address (RFC 5227,
 * section 2.1).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/link.h"

struct arp_packet {
	uint16_t hardware, protocol;
	uint8_t hardware_size, protocol_size;
	uint16_t operation;
	uint8_t sender_mac[MAC_SIZE], sender[4], target_mac[MAC_SIZE], target[4];
} __attribute__((packed));

/* A request of `mac` for an address, from `sender`: 0.0.0.0 where nobody may learn from it. */
struct arp_packet arp_request(const uint8_t mac[MAC_SIZE], const uint8_t sender[4],
			      const uint8_t target[4]);

/*
 * True when a packet, without its Ethernet header, shows that somebody other than `mac` has the
 * address or is about to take it; *ret_mac is who.
 */
bool arp_is_claim(const uint8_t *bytes, size_t size, const uint8_t mac[MAC_SIZE],
		  const uint8_t address[4], uint8_t ret_mac[MAC_SIZE]);

/*
 * A packet socket in the current namespace that hears only ARP about this address on the link: a
 * descriptor, or -errno.
 */
int arp_open(int link, const uint8_t address[4]) must_check;

/* Asks everybody on the link whether they have the address. -errno. */
int arp_probe(int fd, int link, const uint8_t mac[MAC_SIZE], const uint8_t address[4]) must_check;

/* One packet: its claim as above (1), 0 when it is none, -errno at the end of all. */
int arp_hear(int fd, const uint8_t mac[MAC_SIZE], const uint8_t address[4],
	     uint8_t ret_mac[MAC_SIZE]) must_check;
