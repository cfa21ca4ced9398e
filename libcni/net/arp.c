/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows ARP packets, and the socket that hears those about one address. */
#include "net/arp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(sizeof(struct arp_packet) == 28, "RFC 826");

static const uint8_t nobody[4];

struct arp_packet arp_request(const uint8_t mac[MAC_SIZE], const uint8_t sender[4],
			      const uint8_t target[4])
{
	struct arp_packet arp = {
		.hardware = htons(ARPHRD_ETHER),
		.protocol = htons(ETH_P_IP),
		.hardware_size = MAC_SIZE,
		.protocol_size = 4,
		.operation = htons(ARPOP_REQUEST),
	};

	memcpy(arp.sender_mac, mac, MAC_SIZE);
	memcpy(arp.sender, sender, sizeof(arp.sender));
	memcpy(arp.target, target, sizeof(arp.target));
	return arp;
}

bool arp_is_claim(const uint8_t *bytes, size_t size, const uint8_t mac[MAC_SIZE],
		  const uint8_t address[4], uint8_t ret_mac[MAC_SIZE])
{
	struct arp_packet arp;

	if (size < sizeof(arp))
		return false;
	memcpy(&arp, bytes, sizeof(arp));
	if (arp.hardware != htons(ARPHRD_ETHER) || arp.protocol != htons(ETH_P_IP) ||
	    arp.hardware_size != MAC_SIZE || arp.protocol_size != 4 ||
	    memcmp(arp.sender_mac, mac, MAC_SIZE) == 0)
		return false;
	/* Who has it says so; who probes for it is about to take it. */
	if (memcmp(arp.sender, address, 4) != 0 &&
	    (memcmp(arp.sender, nobody, 4) != 0 || memcmp(arp.target, address, 4) != 0))
		return false;
	memcpy(ret_mac, arp.sender_mac, MAC_SIZE);
	return true;
}

/* Other ARP on a busy network wakes nobody, and leaves no room for what counts. */
static int attach_filter(int fd, const uint8_t address[4])
{
	const uint32_t value = (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 |
			       (uint32_t)address[2] << 8 | address[3];
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct arp_packet, sender)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 2, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct arp_packet, target)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, sizeof(struct arp_packet)),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]),
					    .filter = (struct sock_filter *)code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int arp_open(int link, const uint8_t address[4])
{
	/* Without a protocol it hears nothing until it is bound, behind the filter. */
	cleanup_close int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct sockaddr_ll here = { .sll_family = AF_PACKET,
					  .sll_protocol = htons(ETH_P_ARP),
					  .sll_ifindex = link };
	const int on = 1;

	/* What the container itself sends is no answer; kernels before 4.20 let it through. */
	if (fd >= 0)
		ignore(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)));
	if (fd < 0 || attach_filter(fd, address) < 0 ||
	    bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0)
		return -errno;
	return steal_fd(&fd);
}

int arp_probe(int fd, int link, const uint8_t mac[MAC_SIZE], const uint8_t address[4])
{
	const struct arp_packet arp = arp_request(mac, nobody, address);
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ARP),
				  .sll_ifindex = link,
				  .sll_halen = MAC_SIZE };

	memset(to.sll_addr, 0xff, MAC_SIZE);
	return sendto(fd, &arp, sizeof(arp), 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno
											: 0;
}

int arp_hear(int fd, const uint8_t mac[MAC_SIZE], const uint8_t address[4],
	     uint8_t ret_mac[MAC_SIZE])
{
	uint8_t bytes[sizeof(struct arp_packet)];
	struct sockaddr_ll from = { 0 };
	socklen_t from_size = sizeof(from);
	ssize_t size = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_size);

	if (size < 0)
		return -errno;
	return from.sll_pkttype != PACKET_OUTGOING &&
	       arp_is_claim(bytes, (size_t)size, mac, address, ret_mac);
}
