/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DHCP messages (RFC 2131, RFC 2132): written for a server, read from one. What is read may come
 * from anybody who can send a packet. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
	DHCP_MAC_SIZE = 6,
	DHCP_HEADER_SIZE = 240,	  /* with the magic cookie */
	DHCP_MESSAGE_LEAST = 300, /* BOOTP relays drop shorter ones (RFC 1542, section 2.1) */
	DHCP_MESSAGE_MOST = 1472, /* what one Ethernet frame carries; tells servers by option 57 */
	DHCP_VALUE_MOST = 1280,	  /* more than all parts of one option in one message can be */
};

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
	DHCP_RELEASE,
};

enum dhcp_option {
	DHCP_OPTION_PAD = 0,
	DHCP_OPTION_MASK = 1,
	DHCP_OPTION_ROUTER = 3,
	DHCP_OPTION_DNS = 6,
	DHCP_OPTION_HOST_NAME = 12,
	DHCP_OPTION_DOMAIN = 15,
	DHCP_OPTION_MTU = 26,
	DHCP_OPTION_BROADCAST = 28,
	DHCP_OPTION_STATIC_ROUTES = 33,
	DHCP_OPTION_NTP = 42,
	DHCP_OPTION_REQUESTED = 50,
	DHCP_OPTION_LEASE_TIME = 51,
	DHCP_OPTION_OVERLOAD = 52,
	DHCP_OPTION_TYPE = 53,
	DHCP_OPTION_SERVER = 54,
	DHCP_OPTION_WANTED = 55,
	DHCP_OPTION_MESSAGE = 56,
	DHCP_OPTION_SIZE = 57,
	DHCP_OPTION_T1 = 58,
	DHCP_OPTION_T2 = 59,
	DHCP_OPTION_VENDOR_CLASS = 60,
	DHCP_OPTION_CLIENT_ID = 61,
	DHCP_OPTION_USER_CLASS = 77,
	DHCP_OPTION_FQDN = 81,
	DHCP_OPTION_SEARCH = 119,
	DHCP_OPTION_CLASSLESS_ROUTES = 121,
	DHCP_OPTION_END = 255,
};

/* ---- to a server */

struct dhcp_message {
	size_t size;
	uint8_t bytes[DHCP_MESSAGE_MOST];
};

struct dhcp_opening {
	enum dhcp_type type;
	uint32_t xid;
	uint16_t seconds;	/* since the client began */
	bool broadcast;		/* the server is to answer by broadcast */
	const uint8_t *mac;	/* DHCP_MAC_SIZE bytes */
	const uint8_t *address; /* ciaddr, 4 bytes; NULL: none */
};

void dhcp_message_begin(struct dhcp_message *message, const struct dhcp_opening *opening);

/* 0, or -EMSGSIZE when it does not fit; up to 255 bytes. */
int dhcp_message_add(struct dhcp_message *message, uint8_t code, const void *data,
		     size_t size) must_check;

/* Options as they stand in a message: code, size, value, … A room for the end is kept. */
int dhcp_message_add_all(struct dhcp_message *message, const uint8_t *options,
			 size_t size) must_check;
void dhcp_message_end(struct dhcp_message *message);

/* ---- from a server */

struct dhcp_reply {
	uint32_t xid;
	uint8_t type; /* enum dhcp_type: OFFER, ACK or NAK */
	uint8_t mac[DHCP_MAC_SIZE];
	uint8_t address[4]; /* yiaddr */
	/* Where options stand; borrowed from the message. */
	struct dhcp_area {
		const uint8_t *bytes;
		size_t size;
	} areas[3];
	size_t area_count;
};

/*
 * 0, or -EBADMSG for what is no reply of a DHCP server to an Ethernet client, or whose options
 * leave their place. *ret borrows from `bytes`.
 */
int dhcp_reply_parse(const uint8_t *bytes, size_t size, struct dhcp_reply *ret) must_check;

/*
 * The value of an option, its parts joined (RFC 3396): its size, or -1 when it is not there.
 * `ret` has room for DHCP_VALUE_MOST bytes.
 */
int dhcp_reply_get(const struct dhcp_reply *reply, uint8_t code, uint8_t *ret) must_check;

/* For options of a fixed size: false when it is not there, or of another size. */
bool dhcp_reply_get_exactly(const struct dhcp_reply *reply, uint8_t code, void *ret, size_t size);
bool dhcp_reply_get_u32(const struct dhcp_reply *reply, uint8_t code, uint32_t *ret);
