/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of a chain, and questions about a rule. */
#pragma once

#include "nft/nft.h"

/* Rules of a chain, in order, as the kernel told them; starts as all zero. */
struct nft_rules {
	struct nlmsghdr **items;
	size_t count;
};

#define cleanup_nft_rules cleanup_with(nft_rules_release)

/* None when there is no such chain. */
int nft_list_rules(struct nl *nl, const struct nft_table *table, const char *chain,
		   struct nft_rules *ret) must_check;
void nft_rules_release(struct nft_rules *rules);

uint64_t nft_rule_handle(const struct nlmsghdr *rule);
void nft_rule_comment(const struct nlmsghdr *rule, char ret[NFT_COMMENT]); /* "": none */
bool nft_rule_uses_set(const struct nlmsghdr *rule, const char *set);
bool nft_rule_goes_to(const struct nlmsghdr *rule, const char *chain); /* jump or goto */

/* Calls fn for each expression of the rule: its name, and what it is about (NULL: nothing). */
typedef void nft_expression_fn(const char *name, const struct nlattr *expression, void *data);
void nft_rule_each(const struct nlmsghdr *rule, nft_expression_fn *fn, void *data);

/*
 * True when both read the same sets, in the same order, and end in the same statement. What is
 * between may be put in different words: the nft tool does so when it reloads a ruleset.
 */
bool nft_rule_is_alike(const struct nlmsghdr *a, const struct nlmsghdr *b);
