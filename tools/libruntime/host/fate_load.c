/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which expressions read a packet into registers, and what they find of one that is known in part.
 */
#include "host/fate_load.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nft/answer.h"

enum { HEADER = 40 };

void bytes_put(struct bytes *bytes, size_t at, const void *value, size_t size, bool is_known)
{
	if (at > REGISTERS || size > REGISTERS - at)
		return;
	if (value)
		memcpy(bytes->value + at, value, size);
	memset(bytes->is_known + at, is_known, size);
}

/* Where a register begins; REGISTERS: nowhere. The first four are of 16 bytes, the others of 4. */
size_t register_at(const struct nlattr *attr)
{
	uint32_t number = nft_number(attr);

	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		return (size_t)(number - NFT_REG_1) * 16;
	if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		return (size_t)(number - NFT_REG32_00) * 4;
	return REGISTERS;
}

/* The packet as its headers stand in the kernel. */
static struct bytes header_of(const struct packet *packet, uint32_t base)
{
	bool is_six = packet->family == AF_INET6;
	unsigned size = family_size(packet->family);
	uint16_t port = htons(packet->port);
	struct bytes header = { 0 };

	if (base == NFT_PAYLOAD_TRANSPORT_HEADER)
		bytes_put(&header, 2, &port, sizeof(port), packet->port != 0);
	if (base != NFT_PAYLOAD_NETWORK_HEADER)
		return header;
	bytes_put(&header, is_six ? 6 : 9, &packet->protocol, 1, packet->protocol != 0);
	bytes_put(&header, is_six ? 8 : 12, packet->from.bytes, size, addr_is_set(&packet->from));
	bytes_put(&header, is_six ? 24 : 16, packet->to.bytes, size, addr_is_set(&packet->to));
	return header;
}

static void load_payload(struct bytes *registers, const struct packet *packet,
			 const struct nlattr *expression)
{
	struct bytes header = header_of(packet,
					nft_number(nft_find(expression, NFTA_PAYLOAD_BASE)));
	uint32_t offset = nft_number(nft_find(expression, NFTA_PAYLOAD_OFFSET));
	uint32_t size = nft_number(nft_find(expression, NFTA_PAYLOAD_LEN));
	size_t at = register_at(nft_find(expression, NFTA_PAYLOAD_DREG));

	for (size_t i = 0; i < size && i < REGISTERS; i++) {
		bool is_in = offset < HEADER && offset + i < HEADER;

		bytes_put(registers, at + i, is_in ? &header.value[offset + i] : NULL, 1,
			  is_in && header.is_known[offset + i]);
	}
	/* what is no whole register is zero behind */
	for (size_t i = size; i % 4 && i < REGISTERS; i++)
		bytes_put(registers, at + i, "", 1, true);
}

static void load_name(struct bytes *registers, size_t at, const char *name)
{
	char padded[16] = { 0 };

	(void)snprintf(padded, sizeof(padded), "%s", name ? name : "");
	bytes_put(registers, at, padded, sizeof(padded), name != NULL);
}

static void load_meta(struct bytes *registers, const struct packet *packet,
		      const struct nlattr *expression)
{
	size_t at = register_at(nft_find(expression, NFTA_META_DREG));
	const uint8_t family[4] = { packet->family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4 };
	const uint8_t protocol[4] = { packet->protocol };
	uint16_t ether = htons(packet->family == AF_INET6 ? 0x86dd : 0x0800);

	switch (nft_number(nft_find(expression, NFTA_META_KEY))) {
	case NFT_META_IIFNAME:
		load_name(registers, at, packet->in);
		break;
	case NFT_META_OIFNAME:
		load_name(registers, at, packet->out);
		break;
	case NFT_META_NFPROTO:
		bytes_put(registers, at, family, sizeof(family), true);
		break;
	case NFT_META_L4PROTO:
		bytes_put(registers, at, protocol, sizeof(protocol), packet->protocol != 0);
		break;
	case NFT_META_PROTOCOL:
		bytes_put(registers, at, "\0\0\0", 4, true);
		bytes_put(registers, at, &ether, sizeof(ether), true);
		break;
	default:
		bytes_put(registers, at, NULL, 16, false);
	}
}

uint32_t packet_state(const struct packet *packet)
{
	return NF_CT_STATE_BIT(packet->is_answer ? IP_CT_ESTABLISHED : IP_CT_NEW);
}

static void load_ct(struct bytes *registers, const struct packet *packet,
		    const struct nlattr *expression)
{
	size_t at = register_at(nft_find(expression, NFTA_CT_DREG));
	uint32_t state = packet_state(packet);

	bytes_put(registers, at, NULL, 16, false);
	if (nft_number(nft_find(expression, NFTA_CT_KEY)) == NFT_CT_STATE)
		bytes_put(registers, at, &state, sizeof(state), true);
}

static void calculate(struct bytes *registers, const struct nlattr *expression)
{
	size_t from = register_at(nft_find(expression, NFTA_BITWISE_SREG));
	size_t at = register_at(nft_find(expression, NFTA_BITWISE_DREG));
	const struct nlattr *mask = nft_find(nft_find(expression, NFTA_BITWISE_MASK),
					     NFTA_DATA_VALUE);
	const struct nlattr *flip = nft_find(nft_find(expression, NFTA_BITWISE_XOR),
					     NFTA_DATA_VALUE);
	uint32_t size = nft_number(nft_find(expression, NFTA_BITWISE_LEN));
	const uint8_t *and = mask ? nla_data(mask) : NULL;
	const uint8_t * xor = flip ? nla_data(flip) : NULL;

	if (!and || !xor || nla_len(mask) < (int)size || nla_len(flip) < (int)size ||
	    from + size > REGISTERS) {
		bytes_put(registers, at, NULL, 16, false);
		return;
	}
	for (size_t i = 0; i < size; i++) {
		uint8_t value = (registers->value[from + i] & and[i]) ^ xor[i];

		bytes_put(registers, at + i, &value, 1, !and[i] || registers->is_known[from + i]);
	}
}

bool bytes_load(struct bytes *registers, const struct packet *packet, const char *name,
		const struct nlattr *expression)
{
	if (text_equal(name, "payload"))
		load_payload(registers, packet, expression);
	else if (text_equal(name, "meta"))
		load_meta(registers, packet, expression);
	else if (text_equal(name, "ct"))
		load_ct(registers, packet, expression);
	else if (text_equal(name, "bitwise"))
		calculate(registers, expression);
	else
		return false;
	return true;
}
