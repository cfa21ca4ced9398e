/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how nfnetlink messages lie one behind the other, and which answer belongs to which. */
#include "nft/buffer.h"

#include <libnftnl/common.h>
#include <string.h>

#include "base/alloc.h"

enum { TEXT_MAX = 255, MESSAGE_ROOM = 4096 /* well above the largest message we build */ };

struct nlmsghdr *nft_buffer_open(struct nft_buffer *buffer, int type, int family, int flags)
{
	if (buffer->room - buffer->size < MESSAGE_ROOM) {
		buffer->room = buffer->room * 2 + MESSAGE_ROOM;
		buffer->bytes = xrealloc(buffer->bytes, buffer->room);
	}
	return nftnl_nlmsg_build_hdr(buffer->bytes + buffer->size, (uint16_t)type, (uint16_t)family,
				     (uint16_t)flags, 0);
}

void nft_buffer_put_text(struct nlmsghdr *message, int attribute, const char *text)
{
	struct nlattr *place = (void *)((char *)message + message->nlmsg_len);
	size_t size = strnlen(text, TEXT_MAX);

	place->nla_type = (uint16_t)attribute;
	place->nla_len = (uint16_t)(NLA_HDRLEN + size + 1);
	memset(place + 1, 0, NLA_ALIGN(size + 1));
	memcpy(place + 1, text, size);
	message->nlmsg_len += (uint32_t)NLA_ALIGN(place->nla_len);
}

void nft_buffer_close(struct nft_buffer *buffer, const struct nlmsghdr *message)
{
	buffer->size += NLMSG_ALIGN(message->nlmsg_len);
	buffer->count++;
}

void nft_buffer_number(struct nft_buffer *buffer, struct netlink *nl)
{
	struct nlmsghdr *message;

	for (size_t at = 0; at < buffer->size; at += NLMSG_ALIGN(message->nlmsg_len)) {
		message = (void *)(buffer->bytes + at);
		message->nlmsg_seq = netlink_next_seq(nl);
		if (at == 0)
			buffer->first_seq = message->nlmsg_seq;
	}
}

int nft_buffer_place(const struct nft_buffer *buffer, const struct nlmsghdr *answer)
{
	uint32_t place = answer->nlmsg_seq - buffer->first_seq;

	return place < buffer->count ? (int)place : -1;
}

void nft_buffer_release(struct nft_buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct nft_buffer){ 0 };
}
