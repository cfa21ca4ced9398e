/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows IPv4 and UDP as far as a client without an address needs them. */
#include "dhcp/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>

struct headers {
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

/* Adds 16-bit words in network order; an odd byte at the end counts as the upper half of one. */
static uint32_t add_words(uint32_t sum, const void *bytes, size_t size)
{
	const uint8_t *next = bytes;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)next[i] << 8 | next[i + 1];
	return size % 2 ? sum + ((uint32_t)next[size - 1] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* RFC 768: over the addresses, the protocol, the size and all of the datagram. */
static uint16_t udp_checksum(const uint8_t *ip, const uint8_t *udp, size_t size)
{
	uint32_t sum = add_words(0, ip + offsetof(struct iphdr, saddr), 8);

	return fold(add_words(sum + IPPROTO_UDP + (uint32_t)size, udp, size));
}

void dhcp_packet_make(const struct dhcp_message *message, const uint8_t *source,
		      const uint8_t *destination, struct dhcp_packet *ret)
{
	const size_t udp_size = sizeof(struct udphdr) + message->size;
	struct headers headers = {
		.ip = { .version = IPVERSION,
			.ihl = sizeof(struct iphdr) / 4,
			.tot_len = htons((uint16_t)(sizeof(struct iphdr) + udp_size)),
			.frag_off = htons(IP_DF),
			.ttl = IPDEFTTL,
			.protocol = IPPROTO_UDP,
			.daddr = INADDR_BROADCAST },
		.udp = { .source = htons(DHCP_CLIENT_PORT),
			 .dest = htons(DHCP_SERVER_PORT),
			 .len = htons((uint16_t)udp_size) },
	};

	if (source)
		memcpy(&headers.ip.saddr, source, 4);
	if (destination)
		memcpy(&headers.ip.daddr, destination, 4);
	headers.ip.check = htons(fold(add_words(0, &headers, sizeof(headers.ip))));
	memcpy(ret->bytes, &headers, sizeof(headers));
	memcpy(ret->bytes + sizeof(headers), message->bytes, message->size);
	ret->size = sizeof(headers) + message->size;
	headers.udp.check = htons(
		udp_checksum(ret->bytes, ret->bytes + sizeof(headers.ip), udp_size));
	if (!headers.udp.check)
		headers.udp.check = 0xffff; /* 0 would mean that there is none */
	memcpy(ret->bytes, &headers, sizeof(headers));
}

/* The UDP datagram in a packet that is whole: its size, or -EBADMSG. */
static int find_datagram(const uint8_t *bytes, size_t size, struct iphdr *ret_ip,
			 const uint8_t **ret_udp)
{
	size_t header_size, total;

	if (size < sizeof(*ret_ip))
		return -EBADMSG;
	memcpy(ret_ip, bytes, sizeof(*ret_ip));
	header_size = (size_t)ret_ip->ihl * 4;
	total = ntohs(ret_ip->tot_len);
	if (ret_ip->version != IPVERSION || header_size < sizeof(*ret_ip) || total > size ||
	    total < header_size + sizeof(struct udphdr) || ret_ip->protocol != IPPROTO_UDP ||
	    ntohs(ret_ip->frag_off) & (IP_MF | IP_OFFMASK) ||
	    fold(add_words(0, bytes, header_size)) != 0)
		return -EBADMSG;
	*ret_udp = bytes + header_size;
	return (int)(total - header_size);
}

int dhcp_packet_open(const uint8_t *bytes, size_t size, bool has_partial_checksum,
		     const uint8_t **ret_message, size_t *ret_size)
{
	const uint8_t *datagram;
	struct udphdr udp;
	struct iphdr ip;
	size_t udp_size;
	int room = find_datagram(bytes, size, &ip, &datagram);

	if (room < 0)
		return room;
	memcpy(&udp, datagram, sizeof(udp));
	udp_size = ntohs(udp.len);
	if (udp.dest != htons(DHCP_CLIENT_PORT) || udp_size < sizeof(udp) ||
	    udp_size > (size_t)room)
		return -EBADMSG;
	if (udp.check && !has_partial_checksum && udp_checksum(bytes, datagram, udp_size) != 0)
		return -EBADMSG;
	*ret_message = datagram + sizeof(udp);
	*ret_size = udp_size - sizeof(udp);
	return 0;
}
