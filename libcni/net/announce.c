/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the packets that tell neighbours about an address. */
#include "net/announce.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/socket.h>

#include "net/arp.h"

struct advertisement_packet {
	struct ip6_hdr ip;
	struct nd_neighbor_advert advert;
	struct nd_opt_hdr option;
	uint8_t mac[MAC_SIZE];
} __attribute__((packed));

_Static_assert(sizeof(struct advertisement_packet) == ANNOUNCEMENT_SIZE, "RFC 4861, section 4.4");

static void make_arp(const uint8_t mac[MAC_SIZE], const struct addr *addr, struct announcement *ret)
{
	const struct arp_packet arp = arp_request(mac, addr->bytes, addr->bytes);

	ret->protocol = ETH_P_ARP;
	memset(ret->destination, 0xff, MAC_SIZE);
	ret->size = sizeof(arp);
	memcpy(ret->bytes, &arp, sizeof(arp));
}

/* Adds 16-bit words in network order; the size is even. */
static uint32_t add_words(uint32_t sum, const void *bytes, size_t size)
{
	const uint8_t *next = bytes;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)next[i] << 8 | next[i + 1];
	return sum;
}

/* RFC 4443, section 2.3: over a pseudo header and the message. */
uint16_t icmp6_checksum(const void *packet, size_t size)
{
	const struct ip6_hdr *ip = packet;
	const size_t message = size - sizeof(*ip);
	uint32_t sum = (uint32_t)message + IPPROTO_ICMPV6;

	sum = add_words(sum, &ip->ip6_src, 2 * sizeof(ip->ip6_src));
	sum = add_words(sum, (const uint8_t *)packet + sizeof(*ip), message);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void make_advertisement(const uint8_t mac[MAC_SIZE], const struct addr *addr,
			       struct announcement *ret)
{
	static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };
	static const uint8_t all_nodes_mac[MAC_SIZE] = { 0x33, 0x33, [5] = 1 };
	struct advertisement_packet packet = { 0 };

	packet.ip.ip6_flow = htonl(6U << 28);
	packet.ip.ip6_plen = htons(sizeof(packet) - sizeof(packet.ip));
	packet.ip.ip6_nxt = IPPROTO_ICMPV6;
	packet.ip.ip6_hlim = 255; /* others are dropped by receivers: RFC 4861, section 7.1.2 */
	memcpy(&packet.ip.ip6_src, addr->bytes, 16);
	memcpy(&packet.ip.ip6_dst, all_nodes, 16);
	packet.advert.nd_na_type = ND_NEIGHBOR_ADVERT;
	packet.advert.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE;
	memcpy(&packet.advert.nd_na_target, addr->bytes, 16);
	packet.option.nd_opt_type = ND_OPT_TARGET_LINKADDR;
	packet.option.nd_opt_len = 1; /* units of 8 bytes */
	memcpy(packet.mac, mac, MAC_SIZE);
	packet.advert.nd_na_cksum = icmp6_checksum(&packet, sizeof(packet));
	ret->protocol = ETH_P_IPV6;
	memcpy(ret->destination, all_nodes_mac, MAC_SIZE);
	ret->size = sizeof(packet);
	memcpy(ret->bytes, &packet, sizeof(packet));
}

void announcement_make(const uint8_t mac[MAC_SIZE], const struct addr *addr,
		       struct announcement *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (addr->family == AF_INET6)
		make_advertisement(mac, addr, ret);
	else
		make_arp(mac, addr, ret);
}

/* Protocol 0: the socket never receives. */
int announce_open(void)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int announce_address(int packet_socket, int link, const uint8_t mac[MAC_SIZE],
		     const struct addr *addr)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = link,
				  .sll_halen = MAC_SIZE };
	struct announcement announcement;

	announcement_make(mac, addr, &announcement);
	to.sll_protocol = htons(announcement.protocol);
	memcpy(to.sll_addr, announcement.destination, MAC_SIZE);
	while (sendto(packet_socket, announcement.bytes, announcement.size, 0,
		      (struct sockaddr *)&to, sizeof(to)) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}
