/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules in chains that iptables-nft manages: of the expressions that it writes and reads itself, so
 * that `iptables -S` prints them and `iptables -D` finds them. Whose a rule is stands in its user
 * data, in an entry of a type that neither iptables nor nft knows: a comment would be a match more,
 * and no other program would take the rule for its own.
 */
#pragma once

#include "nft/nft.h"
#include "types/addr.h"

enum accept_kind {
	ACCEPT_ANSWERS, /* -d ADDRESS -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT */
	ACCEPT_FROM,	/* -s ADDRESS -j ACCEPT */
	ACCEPT_DNAT,	/* -d ADDRESS -m conntrack --ctstate DNAT -j ACCEPT */
	ACCEPT_KINDS
};

struct accept_rule {
	enum accept_kind kind;
	struct addr address;
	char owner[NFT_COMMENT]; /* "": it does not tell */
};

/* The rule's table is of the family of the address. */
struct nftnl_rule *accept_rule_make(const struct nft_table *table, const char *chain,
				    const struct accept_rule *accept) must_check;

/* -m comment --comment COMMENT -j TARGET */
struct nftnl_rule *accept_rule_jump(const struct nft_table *table, const char *chain,
				    const char *target, const char *comment,
				    const char *owner) must_check;

/* False: it is none of these. */
bool accept_rule_read(const struct nlmsghdr *rule, int family, struct accept_rule *ret);

/* "": it does not tell. */
void accept_rule_owner(const struct nlmsghdr *rule, char ret[NFT_COMMENT]);
