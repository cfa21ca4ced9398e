/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows packet sockets: which packets they wake for, and what the kernel tells beside a packet. */
#include "outlet.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { RECEIVE_ROOM = 64 * 1024 };

/*
 * IPv4 is the socket's protocol. UDP, no fragment, to the client's port; what else there is on the
 * interface wakes nobody.
 */
static int attach_filter(int fd)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 4, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP_CLIENT_PORT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, DHCP_PACKET_MOST),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { .len = array_size(code),
					    .filter = (struct sock_filter *)code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int outlet_open(const struct spot_visit *visit)
{
	/* Without a protocol it hears nothing until it is bound, behind the filter. */
	cleanup_close int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct sockaddr_ll address = { .sll_family = AF_PACKET,
					     .sll_protocol = htons(ETH_P_IP),
					     .sll_ifindex = visit->link.index };
	const int on = 1, room = RECEIVE_ROOM;

	if (fd < 0)
		return -errno;
	/* What the container itself sends is no answer; kernels before 4.20 let it through. */
	ignore(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)));
	if (attach_filter(fd) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* Unicast goes to whoever the lease came from: the server, or the relay in front of it. */
int outlet_send(int fd, const struct holding *h, const struct dhcp_output *out)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = h->spot.index,
				  .sll_halen = MAC_SIZE };
	const uint8_t *from = out->message.bytes + 12; /* ciaddr: 0.0.0.0 without address */
	struct dhcp_packet packet;

	memset(to.sll_addr, 0xff, MAC_SIZE);
	if (out->is_unicast && h->has_server_mac)
		memcpy(to.sll_addr, h->server_mac, MAC_SIZE);
	dhcp_packet_make(&out->message, from, out->is_unicast ? h->client.terms.server : NULL,
			 &packet);
	return sendto(fd, packet.bytes, packet.size, 0, (struct sockaddr *)&to, sizeof(to)) < 0
		       ? -errno
		       : 0;
}

/* One packet for the machine: its size, 0 when it is none of ours, -errno at the end of all. */
int outlet_receive(int fd, uint8_t bytes[DHCP_PACKET_MOST], struct sockaddr_ll *ret_from,
		   const uint8_t **ret_message, size_t *ret_size)
{
	union {
		struct cmsghdr first;
		char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = DHCP_PACKET_MOST };
	struct msghdr message = { .msg_name = ret_from,
				  .msg_namelen = sizeof(*ret_from),
				  .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct tpacket_auxdata facts = { 0 };
	const struct cmsghdr *item;
	ssize_t size = recvmsg(fd, &message, MSG_TRUNC);

	if (size < 0)
		return -errno;
	item = CMSG_FIRSTHDR(&message);
	if (item && item->cmsg_level == SOL_PACKET && item->cmsg_type == PACKET_AUXDATA)
		memcpy(&facts, CMSG_DATA(item), sizeof(facts));
	/* A frame with a VLAN's tag is for another interface than ours. */
	if (size > DHCP_PACKET_MOST || ret_from->sll_pkttype == PACKET_OUTGOING ||
	    (facts.tp_status & TP_STATUS_VLAN_VALID) ||
	    dhcp_packet_open(bytes, (size_t)size, facts.tp_status & TP_STATUS_CSUMNOTREADY,
			     ret_message, ret_size) < 0)
		return 0;
	return (int)size;
}
