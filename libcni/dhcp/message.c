/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the layout of a DHCP message, and where its options can stand. */
#include "dhcp/message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

enum { BOOTREQUEST = 1, BOOTREPLY = 2, ETHERNET = 1, BROADCAST_FLAG = 0x8000 };

struct header {
	uint8_t op, hardware, hardware_size, hops;
	uint32_t xid;
	uint16_t seconds, flags;
	uint8_t client[4], yours[4], next_server[4], relay[4]; /* ciaddr, yiaddr, siaddr, giaddr */
	uint8_t mac[16];
	uint8_t server_name[64], file[128];
	uint8_t cookie[4];
} __attribute__((packed));

_Static_assert(sizeof(struct header) == DHCP_HEADER_SIZE, "RFC 2131, section 2");

static const uint8_t cookie[4] = { 99, 130, 83, 99 };

/* Bits of option 52. */
enum { OVERLOAD_FILE = 1, OVERLOAD_SERVER_NAME = 2 };

void dhcp_message_begin(struct dhcp_message *message, const struct dhcp_opening *opening)
{
	const uint8_t type = (uint8_t)opening->type;
	struct header header = {
		.op = BOOTREQUEST,
		.hardware = ETHERNET,
		.hardware_size = DHCP_MAC_SIZE,
		.xid = htonl(opening->xid),
		.seconds = htons(opening->seconds),
		.flags = htons(opening->broadcast ? BROADCAST_FLAG : 0),
	};

	if (opening->address)
		memcpy(header.client, opening->address, sizeof(header.client));
	memcpy(header.mac, opening->mac, DHCP_MAC_SIZE);
	memcpy(header.cookie, cookie, sizeof(cookie));
	memcpy(message->bytes, &header, sizeof(header));
	message->size = sizeof(header);
	ignore(dhcp_message_add(message, DHCP_OPTION_TYPE, &type, 1)); /* it is the first */
}

int dhcp_message_add(struct dhcp_message *message, uint8_t code, const void *data, size_t size)
{
	uint8_t *next = message->bytes + message->size;

	if (size > UINT8_MAX || message->size + 2 + size > sizeof(message->bytes) - 1)
		return -EMSGSIZE;
	next[0] = code;
	next[1] = (uint8_t)size;
	memcpy(next + 2, data, size);
	message->size += 2 + size;
	return 0;
}

int dhcp_message_add_all(struct dhcp_message *message, const uint8_t *options, size_t size)
{
	if (message->size + size > sizeof(message->bytes) - 1)
		return -EMSGSIZE;
	if (size)
		memcpy(message->bytes + message->size, options, size);
	message->size += size;
	return 0;
}

void dhcp_message_end(struct dhcp_message *message)
{
	message->bytes[message->size++] = DHCP_OPTION_END;
	while (message->size < DHCP_MESSAGE_LEAST)
		message->bytes[message->size++] = DHCP_OPTION_PAD;
}

/* A walk through the options of one area. */
struct walk {
	const uint8_t *next, *end;
};

/* 1 with an option, 0 at the end, -EBADMSG. An area may end without its mark, as some servers do.
 */
static int walk_on(struct walk *walk, uint8_t *ret_code, const uint8_t **ret_value,
		   uint8_t *ret_size)
{
	while (walk->next < walk->end && *walk->next == DHCP_OPTION_PAD)
		walk->next++;
	if (walk->next == walk->end || *walk->next == DHCP_OPTION_END)
		return 0;
	if (walk->end - walk->next < 2 || walk->end - walk->next < 2 + walk->next[1])
		return -EBADMSG;
	*ret_code = walk->next[0];
	*ret_size = walk->next[1];
	*ret_value = walk->next + 2;
	walk->next += 2 + *ret_size;
	return 1;
}

static struct walk walk_of(const struct dhcp_area *area)
{
	return (struct walk){ .next = area->bytes, .end = area->bytes + area->size };
}

/* Without what stands behind the end, which is nothing but padding. */
static int add_area(struct dhcp_reply *reply, const uint8_t *bytes, size_t size)
{
	struct dhcp_area area = { .bytes = bytes, .size = size };
	struct walk walk = walk_of(&area);
	const uint8_t *value;
	uint8_t code, value_size;
	int r;

	do {
		r = walk_on(&walk, &code, &value, &value_size);
	} while (r > 0);
	area.size = (size_t)(walk.next - bytes);
	reply->areas[reply->area_count++] = area;
	return r;
}

/* Option 52 counts where options belong, and in no area that it adds. */
static int add_overloaded(struct dhcp_reply *reply, const uint8_t *bytes)
{
	uint8_t overload = 0;
	int r = 0;

	if (!dhcp_reply_get_exactly(reply, DHCP_OPTION_OVERLOAD, &overload, 1))
		return 0;
	if (overload & OVERLOAD_FILE)
		r = add_area(reply, bytes + offsetof(struct header, file),
			     sizeof(((struct header *)0)->file));
	if (r == 0 && (overload & OVERLOAD_SERVER_NAME))
		r = add_area(reply, bytes + offsetof(struct header, server_name),
			     sizeof(((struct header *)0)->server_name));
	return r;
}

int dhcp_reply_parse(const uint8_t *bytes, size_t size, struct dhcp_reply *ret)
{
	struct dhcp_reply reply = { 0 };
	struct header header;
	int r;

	if (size < sizeof(header) || size > DHCP_MESSAGE_MOST)
		return -EBADMSG;
	memcpy(&header, bytes, sizeof(header));
	if (header.op != BOOTREPLY || header.hardware != ETHERNET ||
	    header.hardware_size != DHCP_MAC_SIZE ||
	    memcmp(header.cookie, cookie, sizeof(cookie)) != 0)
		return -EBADMSG;
	reply.xid = ntohl(header.xid);
	memcpy(reply.mac, header.mac, sizeof(reply.mac));
	memcpy(reply.address, header.yours, sizeof(reply.address));
	r = add_area(&reply, bytes + sizeof(header), size - sizeof(header))
		    ?: add_overloaded(&reply, bytes);
	if (r < 0)
		return r;
	if (!dhcp_reply_get_exactly(&reply, DHCP_OPTION_TYPE, &reply.type, 1) ||
	    (reply.type != DHCP_OFFER && reply.type != DHCP_ACK && reply.type != DHCP_NAK))
		return -EBADMSG;
	*ret = reply;
	return 0;
}

int dhcp_reply_get(const struct dhcp_reply *reply, uint8_t code, uint8_t *ret)
{
	int total = -1;

	for (size_t i = 0; i < reply->area_count; i++) {
		struct walk walk = walk_of(&reply->areas[i]);
		const uint8_t *value;
		uint8_t found, size;

		while (walk_on(&walk, &found, &value, &size) > 0) {
			if (found != code)
				continue;
			total = total < 0 ? 0 : total;
			if (total + size > DHCP_VALUE_MOST)
				return -1;
			memcpy(ret + total, value, size);
			total += size;
		}
	}
	return total;
}

bool dhcp_reply_get_exactly(const struct dhcp_reply *reply, uint8_t code, void *ret, size_t size)
{
	uint8_t value[DHCP_VALUE_MOST];

	if (dhcp_reply_get(reply, code, value) != (int)size)
		return false;
	memcpy(ret, value, size);
	return true;
}

bool dhcp_reply_get_u32(const struct dhcp_reply *reply, uint8_t code, uint32_t *ret)
{
	uint32_t value;

	if (!dhcp_reply_get_exactly(reply, code, &value, sizeof(value)))
		return false;
	*ret = ntohl(value);
	return true;
}
