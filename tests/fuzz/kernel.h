/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that answers with what it is given: the other end of a socket pair, in which all its
 * datagrams wait before anything is asked. Whoever reads further than they go gets EAGAIN.
 */
#pragma once

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/netlink.h"

struct kernel {
	struct netlink nl;
	int end;
};

#define cleanup_kernel cleanup_with(kernel_release)

/* Datagrams have their size before them, two bytes; the last one ends with the input. */
static inline void kernel_start(struct kernel *kernel, const uint8_t *data, size_t size)
{
	int ends[2];

	assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
	*kernel = (struct kernel){ .nl = { .fd = ends[0] }, .end = ends[1] };
	while (size > 2) {
		size_t wanted = data[0] | (size_t)data[1] << 8;
		size_t length = wanted < size - 2 ? wanted : size - 2;

		if (send(ends[1], data + 2, length, 0) < 0)
			break;
		data += 2 + length;
		size -= 2 + length;
	}
}

static inline void kernel_release(struct kernel *kernel)
{
	netlink_shut(&kernel->nl);
	close_fd(&kernel->end);
}

/*
 * For tests that build the answers: a message in a datagram of its own, in answer to request `seq`.
 */
static inline void kernel_say(struct kernel *kernel, struct nl_msg *msg, uint32_t seq)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);

	header->nlmsg_seq = seq;
	assert(send(kernel->end, header, header->nlmsg_len, 0) == header->nlmsg_len);
	nlmsg_free(msg);
}

/* An error (NLMSG_ERROR) or the end of a list (NLMSG_DONE). */
static inline void kernel_say_number(struct kernel *kernel, int type, int number, uint32_t seq)
{
	const struct nlmsgerr error = { .error = number };

	kernel_say(kernel, netlink_request(type, 0, &error, sizeof(error)), seq);
}

static inline void kernel_accept(struct kernel *kernel, uint32_t seq)
{
	kernel_say_number(kernel, NLMSG_ERROR, 0, seq);
}

static inline void kernel_refuse(struct kernel *kernel, int errnum, uint32_t seq)
{
	kernel_say_number(kernel, NLMSG_ERROR, -errnum, seq);
}

/* The type of the next request that came, 0: none; the others of its datagram are dropped. */
static inline int kernel_hear(struct kernel *kernel)
{
	struct nlmsghdr header;

	return recv(kernel->end, &header, sizeof(header), 0) == sizeof(header) ? header.nlmsg_type
									       : 0;
}
