/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A DHCP message as an IPv4 packet, without its Ethernet header. Pure. */
#pragma once

#include <stdbool.h>

#include "dhcp/message.h"

enum {
	DHCP_SERVER_PORT = 67,
	DHCP_CLIENT_PORT = 68,
	DHCP_PACKET_MOST = 28 + DHCP_MESSAGE_MOST,
};

struct dhcp_packet {
	size_t size;
	uint8_t bytes[DHCP_PACKET_MOST];
};

/* From `source` (NULL: 0.0.0.0) to `destination` (NULL: everybody), 4 bytes each. */
void dhcp_packet_make(const struct dhcp_message *message, const uint8_t *source,
		      const uint8_t *destination, struct dhcp_packet *ret);

/*
 * The message in a packet for the client's port, borrowed from `bytes`: 0, or -EBADMSG. Behind a
 * link without wires the sender leaves the UDP checksum to hardware that is not there; the kernel
 * tells (TP_STATUS_CSUMNOTREADY), and it is not looked at.
 */
int dhcp_packet_open(const uint8_t *bytes, size_t size, bool has_partial_checksum,
		     const uint8_t **ret_message, size_t *ret_size) must_check;
