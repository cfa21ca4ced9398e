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
int nft_list_rules(struct netlink *nl, const struct nft_table *table, const char *chain,
		   struct nft_rules *ret) must_check;

/* The rules of all chains of a table, those of one chain together. */
int nft_list_table_rules(struct netlink *nl, const struct nft_table *table,
			 struct nft_rules *ret) must_check;

/* The same, among other questions. */
struct nft_ask;
void nft_ask_rules(struct nft_ask *ask, const struct nft_table *table, struct nft_rules *ret);
void nft_rules_release(struct nft_rules *rules);

const char *nft_rule_chain(const struct nlmsghdr *rule); /* NULL: it does not tell */
uint64_t nft_rule_handle(const struct nlmsghdr *rule);
void nft_rule_comment(const struct nlmsghdr *rule, char ret[NFT_COMMENT]); /* "": none */
/* It reads the set, or says in its comment that it stands and falls with it. */
bool nft_rule_uses_set(const struct nlmsghdr *rule, const char *set);
const char *nft_rule_target(const struct nlmsghdr *rule); /* of its first jump; NULL: it has none */
bool nft_rule_goes_to(const struct nlmsghdr *rule, const char *chain); /* jump or goto */

/* Calls fn for each expression of the rule: its name, and what it is about (NULL: nothing). */
typedef void nft_expression_fn(const char *name, const struct nlattr *expression, void *data);
void nft_rule_each(const struct nlmsghdr *rule, nft_expression_fn *fn, void *data);

/*
 * "@checked @allowed immediate chain 0": the sets a rule reads, in order, and the statement it ends
 * in, with its verdict, and its comment. What is between may be put in different words: the nft
 * tool does so when it reloads a ruleset. The caller frees it.
 */
char *nft_rule_outline(const struct nlmsghdr *rule) must_check;

/* True when both have the same outline. */
bool nft_rule_is_alike(const struct nlmsghdr *a, const struct nlmsghdr *b);
