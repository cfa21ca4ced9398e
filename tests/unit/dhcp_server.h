/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a DHCP server would say, for tests of who listens. */
#pragma once

#include <arpa/inet.h>
#include <string.h>

#include "dhcp/message.h"
#include "unit.h"

static const uint8_t test_mac[DHCP_MAC_SIZE] = { 0x02, 0, 0, 0, 0, 0x11 };

struct server_reply {
	uint8_t bytes[DHCP_MESSAGE_MOST];
	size_t size;
};

static inline void reply_option(struct server_reply *reply, uint8_t code, const void *value,
				size_t size)
{
	assert_true(size <= UINT8_MAX && reply->size + 2 + size <= sizeof(reply->bytes));
	reply->bytes[reply->size] = code;
	reply->bytes[reply->size + 1] = (uint8_t)size;
	memcpy(reply->bytes + reply->size + 2, value, size);
	reply->size += 2 + size;
}

static inline void reply_addr(struct server_reply *reply, uint8_t code, const char *address)
{
	const struct addr addr = make_addr(address);

	reply_option(reply, code, addr.bytes, 4);
}

static inline void reply_u32(struct server_reply *reply, uint8_t code, uint32_t value)
{
	value = htonl(value);
	reply_option(reply, code, &value, sizeof(value));
}

/* An answer of 10.0.0.1 to the client of test_mac; `address` is what it gives. */
static inline struct server_reply reply_of(enum dhcp_type type, uint32_t xid, const char *address)
{
	static const uint8_t cookie[] = { 99, 130, 83, 99 };
	const struct addr yours = make_addr(address);
	const uint8_t kind = (uint8_t)type;
	struct server_reply reply = { .size = DHCP_HEADER_SIZE };

	reply.bytes[0] = 2;
	reply.bytes[1] = 1;
	reply.bytes[2] = DHCP_MAC_SIZE;
	xid = htonl(xid);
	memcpy(reply.bytes + 4, &xid, sizeof(xid));
	memcpy(reply.bytes + 16, yours.bytes, 4);
	memcpy(reply.bytes + 28, test_mac, sizeof(test_mac));
	memcpy(reply.bytes + 236, cookie, sizeof(cookie));
	reply_option(&reply, DHCP_OPTION_TYPE, &kind, 1);
	return reply;
}

static inline void reply_end(struct server_reply *reply)
{
	reply->bytes[reply->size++] = DHCP_OPTION_END;
}
