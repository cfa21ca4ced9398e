/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of rules that translate addresses: connections, local addresses, maps, rewriting. */
#pragma once

#include <netinet/in.h> /* before the kernel's headers, which then leave the same names out */

#include <linux/netfilter/nf_tables.h>
#include <stddef.h>
#include <stdint.h>

#include "nft/expr.h"

/* The n-th four bytes of the registers; EXPR_A is words 0 to 3. */
enum expr_register expr_word(unsigned n);

/* Of which direction of the connection; for keys that are the same both ways. */
enum { EXPR_CT_ORIGINAL, EXPR_CT_REPLY, EXPR_CT_ANY };

void expr_load_ct_address(struct nftnl_rule *rule, int family, enum expr_field field, int direction,
			  enum expr_register to);
void expr_load_value(struct nftnl_rule *rule, const void *value, size_t size,
		     enum expr_register to);

/* All of these bits of a number that the connection has are set. */
void expr_match_ct_bits(struct nftnl_rule *rule, enum nft_ct_keys key, uint32_t bits);
void expr_match_ct_direction(struct nftnl_rule *rule, int direction);

/* The destination is an address of this host (EQ), or none (NEQ). */
void expr_match_local(struct nftnl_rule *rule, enum nft_cmp_ops op);

/* Replaces what `from` on holds by the data of the element; an address and a port in our maps. */
void expr_map(struct nftnl_rule *rule, enum expr_register from, const char *map,
	      enum expr_register to);

/* The packet's source or destination address becomes what the register holds. */
void expr_store_address(struct nftnl_rule *rule, int family, enum expr_field field,
			enum expr_register from);
void expr_add_mark(struct nftnl_rule *rule, uint32_t bits);

/* To the address in EXPR_A and the port behind it. */
void expr_dnat(struct nftnl_rule *rule, int family);
void expr_jump(struct nftnl_rule *rule, const char *chain);
