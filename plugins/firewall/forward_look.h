/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What iptables' table filter of one family has in the way of forwarded packets. */
#pragma once

#include "base/cleanup.h"
#include "nft/accept_rule.h"
#include "nft/rule_list.h"

#define FORWARD_ALL "FORWARD"	   /* what all forwarded packets pass */
#define FORWARD_OURS "CNI-FORWARD" /* the reference's and ours */

enum { FORWARD_FAMILIES = 2 };

extern const int forward_families[FORWARD_FAMILIES];

struct forward_chain {
	bool exists, is_base, drops;
};

/* Starts as all zero. */
struct forward_look {
	int family;
	struct nft_table table;
	struct forward_chain all, ours, admin;
	bool is_needed; /* something may drop what containers send; the rest is empty without */
	bool has_jump, has_admin_jump;
	struct nft_rules accepts; /* of FORWARD_OURS */
};

#define cleanup_forward_look cleanup_with(forward_look_release)

struct nft_table forward_table(int family);
int forward_look(struct netlink *nl, int family, const char *admin_chain,
		 struct forward_look *ret) must_check;
void forward_look_release(struct forward_look *look);

/* The chain that the rule jumps to; "": none. The caller frees it. */
char *forward_target(const struct nlmsghdr *rule) must_check;
