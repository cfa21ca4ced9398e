/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of a chain, and questions about a rule. */
#pragma once

#include "nft/nft.h"

/* Rules of a chain, in order; starts as all zero. */
struct nft_rules {
	struct nftnl_rule **items;
	size_t count;
};

#define cleanup_nft_rules cleanup_with(nft_rules_release)

/* None when there is no such chain. */
int nft_list_rules(struct nl *nl, const struct nft_table *table, const char *chain,
		   struct nft_rules *ret) must_check;
void nft_rules_release(struct nft_rules *rules);

uint64_t nft_rule_handle(const struct nftnl_rule *rule);
void nft_rule_comment(const struct nftnl_rule *rule, char ret[NFT_COMMENT]); /* "": none */
bool nft_rule_uses_set(struct nftnl_rule *rule, const char *set);
bool nft_rule_goes_to(struct nftnl_rule *rule, const char *chain); /* jump or goto */

/*
 * True when both read the same sets, in the same order, and end in the same statement. What is
 * between may be put in different words: the nft tool does so when it reloads a ruleset.
 */
bool nft_rule_is_alike(struct nftnl_rule *a, struct nftnl_rule *b);
