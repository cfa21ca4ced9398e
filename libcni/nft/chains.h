/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains of any table, also those of others: what iptables-nft and administrators have set up. */
#pragma once

#include "nft/nft.h"

/* A chain as the kernel describes it; texts are valid during the call. */
struct nft_chain_view {
	uint8_t family; /* NFPROTO_* */
	const char *table, *name;
	bool is_base; /* the rest is meaningless without a hook */
	const char *type;
	uint32_t hook;
	bool drops; /* its policy */
};

/* The name is one to nft, which reads its arguments as lines of a program. */
bool nft_name_is_plain(const char *name);

/* Calls `fn` for each chain of the namespace; its first non-zero value is the result. */
typedef int nft_chain_fn(const struct nft_chain_view *chain, void *data);
int nft_each_chain(struct netlink *nl, nft_chain_fn *fn, void *data) must_check;

/*
 * True when a rule of the chain goes to `other` or compares something with the interface name;
 * -errno.
 */
int nft_chain_mentions(struct netlink *nl, const struct nft_table *table, const char *chain,
		       const char *other, const char *ifname) must_check;
