/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfnetlink messages that travel in one system call. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"

/* Starts as all zero. */
struct nft_buffer {
	char *bytes;
	size_t size, room;
	uint32_t count, first_seq;
};

/* Room for one more message, its header in place; `type` is the nftables one (NFT_MSG_*). */
struct nlmsghdr *nft_buffer_open(struct nft_buffer *buffer, int type, int family,
				 int flags) must_check;
void nft_buffer_close(struct nft_buffer *buffer, const struct nlmsghdr *message);
void nft_buffer_put_text(struct nlmsghdr *message, int attribute,
			 const char *text); /* at most 255 bytes */

/* Gives the messages consecutive sequence numbers. */
void nft_buffer_number(struct nft_buffer *buffer, struct netlink *nl);

/* The number of the message, from 0, that an answer belongs to; -1: it answers none of them. */
int nft_buffer_place(const struct nft_buffer *buffer, const struct nlmsghdr *answer);
void nft_buffer_release(struct nft_buffer *buffer);
