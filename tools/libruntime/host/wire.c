/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the frames that ask, and those that answer. */
#include "host/wire.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/socket.h>

#include "base/signals.h"
#include "net/announce.h"
#include "net/arp.h"

enum { LISTEN_MS = 1000, FRAMES_MAX = 16384, FRAME_SIZE = 256 };

struct solicitation {
	struct ip6_hdr ip;
	struct nd_neighbor_solicit solicit;
	struct nd_opt_hdr option;
	uint8_t mac[MAC_SIZE];
} __attribute__((packed));

struct advertisement {
	struct ip6_hdr ip;
	struct nd_neighbor_advert advert;
} __attribute__((packed));

/* ---- questions */

static int send_frame(int fd, int link, uint16_t protocol, const uint8_t to_mac[MAC_SIZE],
		      const void *bytes, size_t size)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(protocol),
				  .sll_ifindex = link,
				  .sll_halen = MAC_SIZE };

	memcpy(to.sll_addr, to_mac, MAC_SIZE);
	return sendto(fd, bytes, size, 0, (const struct sockaddr *)&to, sizeof(to)) < 0 ? -errno
											: 0;
}

static int ask_arp(int fd, const struct wire_asker *asker, const struct addr *addr)
{
	static const uint8_t everybody[MAC_SIZE] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t nobody[4];
	/* In the name of the address itself it would be an announcement, which nobody answers. */
	const uint8_t *sender = addr_equal(addr, &asker->ipv4) ? nobody : asker->ipv4.bytes;
	const struct arp_packet arp = arp_request(asker->mac, sender, addr->bytes);

	return send_frame(fd, asker->link, ETH_P_ARP, everybody, &arp, sizeof(arp));
}

/* RFC 4861, section 4.3; to the address' own group, of which its MAC follows. */
static int ask_neighbour(int fd, const struct wire_asker *asker, const struct addr *addr)
{
	struct solicitation packet = { 0 };
	uint8_t group[16] = { 0xff, 0x02, [11] = 1, [12] = 0xff };
	uint8_t group_mac[MAC_SIZE] = { 0x33, 0x33 };

	memcpy(group + 13, addr->bytes + 13, 3);
	memcpy(group_mac + 2, group + 12, 4);
	packet.ip.ip6_flow = htonl(6U << 28);
	packet.ip.ip6_plen = htons(sizeof(packet) - sizeof(packet.ip));
	packet.ip.ip6_nxt = IPPROTO_ICMPV6;
	packet.ip.ip6_hlim = 255;
	memcpy(&packet.ip.ip6_src, asker->ipv6.bytes, 16);
	memcpy(&packet.ip.ip6_dst, group, 16);
	packet.solicit.nd_ns_type = ND_NEIGHBOR_SOLICIT;
	memcpy(&packet.solicit.nd_ns_target, addr->bytes, 16);
	packet.option.nd_opt_type = ND_OPT_SOURCE_LINKADDR;
	packet.option.nd_opt_len = 1; /* units of 8 bytes */
	memcpy(packet.mac, asker->mac, MAC_SIZE);
	packet.solicit.nd_ns_cksum = icmp6_checksum(&packet, sizeof(packet));
	return send_frame(fd, asker->link, ETH_P_IPV6, group_mac, &packet, sizeof(packet));
}

static int ask(const int fds[2], const struct wire_asker *asker, const struct addr *addr)
{
	if (addr->family == AF_INET)
		return ask_arp(fds[0], asker, addr);
	return addr_is_set(&asker->ipv6) ? ask_neighbour(fds[1], asker, addr) : 0;
}

/* ---- answers */

/* Of IPv6 it hears advertisements alone: a busy link wakes nobody. */
static int open_socket(int link, uint16_t protocol)
{
	cleanup_close int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct sockaddr_ll here = { .sll_family = AF_PACKET,
					  .sll_protocol = htons(protocol),
					  .sll_ifindex = link };
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offsetof(struct ip6_hdr, ip6_nxt)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, sizeof(struct ip6_hdr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_NEIGHBOR_ADVERT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, FRAME_SIZE),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]),
					    .filter = (struct sock_filter *)code };

	if (fd < 0)
		return -errno;
	if (protocol == ETH_P_IPV6 &&
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0)
		return -errno;
	return steal_fd(&fd);
}

static bool read_arp(const uint8_t *bytes, size_t size, struct addr *ret, uint8_t mac[MAC_SIZE])
{
	struct arp_packet arp;

	if (size < sizeof(arp))
		return false;
	memcpy(&arp, bytes, sizeof(arp));
	if (arp.operation != htons(ARPOP_REPLY) || arp.protocol != htons(ETH_P_IP) ||
	    arp.hardware_size != MAC_SIZE || arp.protocol_size != 4)
		return false;
	*ret = (struct addr){ .family = AF_INET };
	memcpy(ret->bytes, arp.sender, 4);
	memcpy(mac, arp.sender_mac, MAC_SIZE);
	return true;
}

/* The frame's sender has the address: the filter let only advertisements through. */
static bool read_advertisement(const uint8_t *bytes, size_t size, const struct sockaddr_ll *from,
			       struct addr *ret, uint8_t mac[MAC_SIZE])
{
	struct advertisement packet;

	if (size < sizeof(packet) || from->sll_halen != MAC_SIZE)
		return false;
	memcpy(&packet, bytes, sizeof(packet));
	*ret = (struct addr){ .family = AF_INET6 };
	memcpy(ret->bytes, &packet.advert.nd_na_target, 16);
	memcpy(mac, from->sll_addr, MAC_SIZE);
	return true;
}

/* 0 when there is nothing more to read. */
static int hear(int fd, bool is_ipv6, wire_fn *fn, void *data)
{
	uint8_t bytes[FRAME_SIZE], mac[MAC_SIZE];
	struct sockaddr_ll from = { 0 };
	socklen_t from_size = sizeof(from);
	ssize_t size = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_size);
	struct addr addr;

	if (size < 0)
		return 0;
	if (from.sll_pkttype != PACKET_OUTGOING &&
	    (is_ipv6 ? read_advertisement(bytes, (size_t)size, &from, &addr, mac)
		     : read_arp(bytes, (size_t)size, &addr, mac)))
		fn(&addr, mac, data);
	return 1;
}

static int listen_for(const int fds[2], wire_fn *fn, void *data)
{
	struct deadline deadline = deadline_in(LISTEN_MS);

	for (unsigned frames = 0; frames < FRAMES_MAX;) {
		struct pollfd polled[] = { { .fd = fds[0], .events = POLLIN },
					   { .fd = fds[1], .events = POLLIN } };
		int r = signals_poll(polled, 2, deadline);

		if (r <= 0)
			return r;
		for (int i = 0; i < 2; i++)
			if (polled[i].revents)
				frames += 1 + (unsigned)hear(fds[i], i == 1, fn, data);
	}
	return 0;
}

int wire_ask(const struct wire_asker *asker, const struct addr *addrs, size_t count, wire_fn *fn,
	     void *data)
{
	cleanup_close int arp = open_socket(asker->link, ETH_P_ARP);
	cleanup_close int ipv6 = open_socket(asker->link, ETH_P_IPV6);
	const int fds[] = { arp, ipv6 };

	if (arp < 0 || ipv6 < 0)
		return arp < 0 ? arp : ipv6;
	for (size_t i = 0; i < count && i < WIRE_QUESTIONS; i++) {
		int r = ask(fds, asker, &addrs[i]);

		if (r < 0 && r != -EAGAIN && r != -ENOBUFS) /* a full queue loses one question */
			return r;
	}
	return listen_for(fds, fn, data);
}
