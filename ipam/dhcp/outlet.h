/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet socket of an exchange. */
#pragma once

#include <linux/if_packet.h>

#include "dhcp/packet.h"
#include "holding.h"

/* A socket for DHCP on the interface that is visited: a descriptor, or -errno. */
int outlet_open(const struct spot_visit *visit) must_check;

/* Sends what the client of the lease has to say. -errno. */
int outlet_send(int fd, const struct holding *holding, const struct dhcp_output *out) must_check;

/*
 * One packet: its size, 0 when it is none of ours, -errno at the end of all. The message is in
 * `bytes`.
 */
int outlet_receive(int fd, uint8_t bytes[DHCP_PACKET_MOST], struct sockaddr_ll *ret_from,
		   const uint8_t **ret_message, size_t *ret_size) must_check;
