/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule of nftables and one packet. */
#pragma once

#include "host/fate.h"

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_MAYBE };

/* What a rule does with the packets that it is about. */
struct rule_fate {
	enum answer applies;
	enum {
		RULE_NOTHING,
		RULE_ACCEPT,
		RULE_DROP,
		RULE_RETURN,
		RULE_JUMP,
		RULE_GOTO,
		RULE_UNKNOWN
	} verdict;
	char target[64]; /* of a jump or goto */
};

struct rule_fate rule_fate_of(struct netlink *nft, const struct nft_table *table,
			      const struct nlmsghdr *rule, const struct packet *packet);

/* iptables' match conntrack of revision 1 to 3; MAYBE for all but states. */
enum answer conntrack_answer(const void *info, size_t size, unsigned revision,
			     const struct packet *packet);
