/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of nftables rules. A rule is built from left to right, as it is written for the nft
 * tool; what does not match ends its evaluation.
 */
#pragma once

#include <netinet/in.h> /* before the kernel's headers, which then leave the same names out */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stddef.h>

#include "types/addr.h"

struct nftnl_expr;
struct nftnl_rule;

/* Registers of 16 bytes. A lookup of a concatenation reads from its first register on. */
enum expr_register { EXPR_A = NFT_REG_1, EXPR_B = NFT_REG_2 };

/* Fields of a packet. */
enum expr_field { EXPR_SADDR, EXPR_DADDR };

/* Load something into a register. */
void expr_load_meta(struct nftnl_rule *rule, enum nft_meta_keys key, enum expr_register to);
void expr_load_payload(struct nftnl_rule *rule, enum nft_payload_bases base, unsigned offset,
		       unsigned size, enum expr_register to);
unsigned expr_offset(int family, enum expr_field field); /* in the network header */
void expr_load_address(struct nftnl_rule *rule, int family, enum expr_field field,
		       enum expr_register to);

/* Match a register against a constant, or under a mask, or against the elements of a set. */
void expr_match(struct nftnl_rule *rule, enum expr_register from, enum nft_cmp_ops op,
		const void *value, size_t size);
void expr_mask(struct nftnl_rule *rule, enum expr_register in, const void *mask, size_t size);
void expr_match_set(struct nftnl_rule *rule, enum expr_register from, const char *set,
		    bool inverted);

/* Whole matches. */
void expr_match_family(struct nftnl_rule *rule, int family);
void expr_match_prefix(struct nftnl_rule *rule, enum expr_field field, enum nft_cmp_ops op,
		       const struct prefix *prefix);

/*
 * ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00: what bridges keep to themselves, IEEE
 * 802.1D table 7-10.
 */
void expr_match_reserved(struct nftnl_rule *rule);

/* The packet is a fragment of IPv6, but not the first. */
void expr_match_later_fragment(struct nftnl_rule *rule);

/* What happens to a packet that matched. */
void expr_masquerade(struct nftnl_rule *rule);
void expr_verdict(struct nftnl_rule *rule, int verdict);

/* For parts of other files: an expression at the end of the rule, which owns it. */
struct nftnl_expr *expr_append(struct nftnl_rule *rule, const char *name);
