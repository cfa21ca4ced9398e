/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which nftables expressions make up a match or a statement. */
#include "nft/expr.h"

#include <stdio.h> /* libnftnl/expr.h uses FILE without it */

#include <arpa/inet.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>

#include "base/alloc.h"

struct nftnl_expr *expr_append(struct nftnl_rule *rule, const char *name)
{
	struct nftnl_expr *expr = nftnl_expr_alloc(name);

	if (!expr)
		out_of_memory();
	nftnl_rule_add_expr(rule, expr);
	return expr;
}

static void set_bytes(struct nftnl_expr *expr, uint16_t attribute, const void *bytes, size_t size)
{
	if (nftnl_expr_set(expr, attribute, bytes, (uint32_t)size) < 0)
		out_of_memory();
}

void expr_load_meta(struct nftnl_rule *rule, enum nft_meta_keys key, enum expr_register to)
{
	struct nftnl_expr *expr = expr_append(rule, "meta");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_DREG, to);
}

void expr_load_payload(struct nftnl_rule *rule, enum nft_payload_bases base, unsigned offset,
		       unsigned size, enum expr_register to)
{
	struct nftnl_expr *expr = expr_append(rule, "payload");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, size);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_DREG, to);
}

unsigned expr_offset(int family, enum expr_field field)
{
	static const size_t offsets4[] = {
		[EXPR_SADDR] = offsetof(struct iphdr, saddr),
		[EXPR_DADDR] = offsetof(struct iphdr, daddr),
	};
	static const size_t offsets6[] = {
		[EXPR_SADDR] = offsetof(struct ip6_hdr, ip6_src),
		[EXPR_DADDR] = offsetof(struct ip6_hdr, ip6_dst),
	};

	return (unsigned)(family == AF_INET6 ? offsets6 : offsets4)[field];
}

void expr_load_address(struct nftnl_rule *rule, int family, enum expr_field field,
		       enum expr_register to)
{
	expr_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, expr_offset(family, field),
			  family_size(family), to);
}

void expr_match(struct nftnl_rule *rule, enum expr_register from, enum nft_cmp_ops op,
		const void *value, size_t size)
{
	struct nftnl_expr *expr = expr_append(rule, "cmp");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_SREG, from);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_OP, op);
	set_bytes(expr, NFTNL_EXPR_CMP_DATA, value, size);
}

void expr_mask(struct nftnl_rule *rule, enum expr_register in, const void *mask, size_t size)
{
	static const uint8_t nothing[16] = { 0 };
	struct nftnl_expr *expr = expr_append(rule, "bitwise");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_SREG, in);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_DREG, in);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_LEN, (uint32_t)size);
	set_bytes(expr, NFTNL_EXPR_BITWISE_MASK, mask, size);
	set_bytes(expr, NFTNL_EXPR_BITWISE_XOR, nothing, size);
}

void expr_match_set(struct nftnl_rule *rule, enum expr_register from, const char *set,
		    bool inverted)
{
	struct nftnl_expr *expr = expr_append(rule, "lookup");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_SREG, from);
	if (nftnl_expr_set_str(expr, NFTNL_EXPR_LOOKUP_SET, set) < 0)
		out_of_memory();
	if (inverted)
		nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

void expr_match_family(struct nftnl_rule *rule, int family)
{
	uint8_t protocol = family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;

	expr_load_meta(rule, NFT_META_NFPROTO, EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_EQ, &protocol, sizeof(protocol));
}

void expr_match_prefix(struct nftnl_rule *rule, enum expr_field field, enum nft_cmp_ops op,
		       const struct prefix *prefix)
{
	struct addr mask = prefix_mask(prefix->addr.family, prefix->len);
	struct prefix network = prefix_network(prefix);
	size_t size = family_size(prefix->addr.family);

	expr_load_address(rule, prefix->addr.family, field, EXPR_A);
	if (prefix->len < family_bits(prefix->addr.family))
		expr_mask(rule, EXPR_A, mask.bytes, size);
	expr_match(rule, EXPR_A, op, network.addr.bytes, size);
}

void expr_match_reserved(struct nftnl_rule *rule)
{
	static const uint8_t reserved[ETH_ALEN] = { 0x01, 0x80, 0xc2 };
	static const uint8_t mask[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0 };

	expr_load_payload(rule, NFT_PAYLOAD_LL_HEADER, offsetof(struct ether_header, ether_dhost),
			  ETH_ALEN, EXPR_A);
	expr_mask(rule, EXPR_A, mask, sizeof(mask));
	expr_match(rule, EXPR_A, NFT_CMP_EQ, reserved, sizeof(reserved));
}

void expr_match_later_fragment(struct nftnl_rule *rule)
{
	struct nftnl_expr *expr = expr_append(rule, "exthdr");
	const uint16_t offset_bits = htons(0xfff8), none = 0; /* RFC 8200, 4.5 */

	nftnl_expr_set_u8(expr, NFTNL_EXPR_EXTHDR_TYPE, IPPROTO_FRAGMENT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_EXTHDR_OFFSET, offsetof(struct ip6_frag, ip6f_offlg));
	nftnl_expr_set_u32(expr, NFTNL_EXPR_EXTHDR_LEN, sizeof(offset_bits));
	nftnl_expr_set_u32(expr, NFTNL_EXPR_EXTHDR_DREG, EXPR_A);
	expr_mask(rule, EXPR_A, &offset_bits, sizeof(offset_bits));
	expr_match(rule, EXPR_A, NFT_CMP_NEQ, &none, sizeof(none));
}

void expr_masquerade(struct nftnl_rule *rule)
{
	(void)expr_append(rule, "masq"); /* without options */
}

void expr_verdict(struct nftnl_rule *rule, int verdict)
{
	struct nftnl_expr *expr = expr_append(rule, "immediate");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
}
