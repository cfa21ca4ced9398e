/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which nftables expressions look at connections and translate addresses. */
#include "nft/expr_nat.h"

#include <stdio.h> /* libnftnl/expr.h uses FILE without it */

#include <libnftnl/expr.h>
#include <linux/rtnetlink.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>

#include "base/alloc.h"

enum { WORD = 4, WORDS_OF_REGISTER = 4 };

enum expr_register expr_word(unsigned n)
{
	unsigned number = n % WORDS_OF_REGISTER == 0 ? NFT_REG_1 + n / WORDS_OF_REGISTER
						     : NFT_REG32_00 + n;

	return (enum expr_register)number;
}

static void set_bytes(struct nftnl_expr *expr, uint16_t attribute, const void *bytes, size_t size)
{
	if (nftnl_expr_set(expr, attribute, bytes, (uint32_t)size) < 0)
		out_of_memory();
}

static void expr_load_ct(struct nftnl_rule *rule, enum nft_ct_keys key, int direction,
			 enum expr_register to)
{
	struct nftnl_expr *expr = expr_append(rule, "ct");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_DREG, to);
	if (direction != EXPR_CT_ANY)
		nftnl_expr_set_u8(expr, NFTNL_EXPR_CT_DIR, (uint8_t)direction);
}

void expr_load_ct_address(struct nftnl_rule *rule, int family, enum expr_field field, int direction,
			  enum expr_register to)
{
	static const enum nft_ct_keys keys4[] = {
		[EXPR_SADDR] = NFT_CT_SRC_IP,
		[EXPR_DADDR] = NFT_CT_DST_IP,
	};
	static const enum nft_ct_keys keys6[] = {
		[EXPR_SADDR] = NFT_CT_SRC_IP6,
		[EXPR_DADDR] = NFT_CT_DST_IP6,
	};

	expr_load_ct(rule, (family == AF_INET6 ? keys6 : keys4)[field], direction, to);
}

void expr_load_value(struct nftnl_rule *rule, const void *value, size_t size, enum expr_register to)
{
	struct nftnl_expr *expr = expr_append(rule, "immediate");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, to);
	set_bytes(expr, NFTNL_EXPR_IMM_DATA, value, size);
}

void expr_match_ct_bits(struct nftnl_rule *rule, enum nft_ct_keys key, uint32_t bits)
{
	expr_load_ct(rule, key, EXPR_CT_ANY, EXPR_A);
	expr_mask(rule, EXPR_A, &bits, sizeof(bits));
	expr_match(rule, EXPR_A, NFT_CMP_EQ, &bits, sizeof(bits));
}

void expr_match_ct_direction(struct nftnl_rule *rule, int direction)
{
	uint8_t value = (uint8_t)direction;

	expr_load_ct(rule, NFT_CT_DIRECTION, EXPR_CT_ANY, EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_EQ, &value, sizeof(value));
}

void expr_match_local(struct nftnl_rule *rule, enum nft_cmp_ops op)
{
	struct nftnl_expr *expr = expr_append(rule, "fib");
	uint32_t local = RTN_LOCAL;

	nftnl_expr_set_u32(expr, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_FIB_DREG, EXPR_A);
	expr_match(rule, EXPR_A, op, &local, sizeof(local));
}

void expr_map(struct nftnl_rule *rule, enum expr_register from, const char *map,
	      enum expr_register to)
{
	struct nftnl_expr *expr = expr_append(rule, "lookup");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_SREG, from);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_DREG, to);
	if (nftnl_expr_set_str(expr, NFTNL_EXPR_LOOKUP_SET, map) < 0)
		out_of_memory();
}

void expr_store_address(struct nftnl_rule *rule, int family, enum expr_field field,
			enum expr_register from)
{
	struct nftnl_expr *expr = expr_append(rule, "payload");
	size_t offset4 = field == EXPR_SADDR ? offsetof(struct iphdr, saddr)
					     : offsetof(struct iphdr, daddr);
	size_t offset6 = field == EXPR_SADDR ? offsetof(struct ip6_hdr, ip6_src)
					     : offsetof(struct ip6_hdr, ip6_dst);
	bool is_ipv6 = family == AF_INET6;

	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET,
			   (uint32_t)(is_ipv6 ? offset6 : offset4));
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, family_size(family));
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_SREG, from);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_CSUM_TYPE,
			   is_ipv6 ? NFT_PAYLOAD_CSUM_NONE : NFT_PAYLOAD_CSUM_INET);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_CSUM_OFFSET,
			   is_ipv6 ? 0 : (uint32_t)offsetof(struct iphdr, check));
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_FLAGS, NFT_PAYLOAD_L4CSUM_PSEUDOHDR);
}

void expr_add_mark(struct nftnl_rule *rule, uint32_t bits)
{
	uint32_t others = ~bits;
	struct nftnl_expr *expr;

	expr_load_meta(rule, NFT_META_MARK, EXPR_A);
	expr = expr_append(rule, "bitwise");
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_SREG, EXPR_A);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_DREG, EXPR_A);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_LEN, WORD);
	set_bytes(expr, NFTNL_EXPR_BITWISE_MASK, &others, sizeof(others));
	set_bytes(expr, NFTNL_EXPR_BITWISE_XOR, &bits, sizeof(bits));
	expr = expr_append(rule, "meta");
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, NFT_META_MARK);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_SREG, EXPR_A);
}

void expr_dnat(struct nftnl_rule *rule, int family)
{
	struct nftnl_expr *expr = expr_append(rule, "nat");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_NAT_FAMILY,
			   family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_NAT_REG_ADDR_MIN, EXPR_A);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_NAT_REG_PROTO_MIN,
			   expr_word(family_size(family) / WORD));
}

void expr_jump(struct nftnl_rule *rule, const char *chain)
{
	struct nftnl_expr *expr = expr_append(rule, "immediate");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_VERDICT, (uint32_t)NFT_JUMP);
	if (nftnl_expr_set_str(expr, NFTNL_EXPR_IMM_CHAIN, chain) < 0)
		out_of_memory();
}
