/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what iptables-nft makes of its options, and how our user data looks. */
#include "nft/accept_rule.h"

#include <stdio.h> /* libnftnl/expr.h uses FILE without it */

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_conntrack.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/answer.h"
#include "nft/expr.h"
#include "nft/expr_nat.h"
#include "nft/rule_list.h"

enum {
	OWNER_UDATA = 0xc1, /* programs pass over types they do not know */
	CONNTRACK_REVISION = 3,
	XT_ALIGNMENT = 8,
	/* as xt_conntrack.h has them, which leaves out how many states there are */
	STATE_ANSWERS = XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED) |
			XT_CONNTRACK_STATE_BIT(IP_CT_RELATED),
	STATE_DNAT = XT_CONNTRACK_STATE_DNAT,
};

static const struct {
	enum expr_field field;
	uint16_t states; /* 0: of all connections */
} kinds[ACCEPT_KINDS] = {
	[ACCEPT_ANSWERS] = { EXPR_DADDR, STATE_ANSWERS },
	[ACCEPT_FROM] = { EXPR_SADDR, 0 },
	[ACCEPT_DNAT] = { EXPR_DADDR, STATE_DNAT },
};

/* ---- writing */

/* libnftnl owns the information of a match. */
static void add_match(struct nftnl_rule *rule, const char *name, uint32_t revision,
		      const void *info, size_t size)
{
	struct nftnl_expr *expr = expr_append(rule, "match");
	size_t aligned = (size + XT_ALIGNMENT - 1) / XT_ALIGNMENT * XT_ALIGNMENT;
	void *copy = xcalloc(1, aligned);

	memcpy(copy, info, size);
	if (nftnl_expr_set_str(expr, NFTNL_EXPR_MT_NAME, name) < 0)
		out_of_memory();
	nftnl_expr_set_u32(expr, NFTNL_EXPR_MT_REV, revision);
	nftnl_expr_set(expr, NFTNL_EXPR_MT_INFO, copy, (uint32_t)aligned);
}

static void set_owner(struct nftnl_rule *rule, const char *owner)
{
	char data[NFT_COMMENT] = { (char)OWNER_UDATA };
	size_t size = strnlen(owner, sizeof(data) - 3);

	data[1] = (char)(size + 1);
	memcpy(data + 2, owner, size);
	if (nftnl_rule_set_data(rule, NFTNL_RULE_USERDATA, data, (uint32_t)size + 3) < 0)
		out_of_memory();
}

struct nftnl_rule *accept_rule_make(const struct nft_table *table, const char *chain,
				    const struct accept_rule *accept)
{
	const struct xt_conntrack_mtinfo3 states = {
		.match_flags = XT_CONNTRACK_STATE,
		.state_mask = kinds[accept->kind].states,
	};
	const int family = accept->address.family;
	struct nftnl_rule *rule = nft_rule(table, chain);

	expr_load_address(rule, family, kinds[accept->kind].field, EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_EQ, accept->address.bytes, family_size(family));
	if (states.state_mask)
		add_match(rule, "conntrack", CONNTRACK_REVISION, &states, sizeof(states));
	(void)expr_append(rule, "counter");
	expr_verdict(rule, NF_ACCEPT);
	set_owner(rule, accept->owner);
	return rule;
}

struct nftnl_rule *accept_rule_jump(const struct nft_table *table, const char *chain,
				    const char *target, const char *comment, const char *owner)
{
	struct nftnl_rule *rule = nft_rule(table, chain);
	struct xt_comment_info info = { 0 };

	(void)snprintf(info.comment, sizeof(info.comment), "%s", comment); /* ours fit */
	add_match(rule, "comment", 0, &info, sizeof(info));
	(void)expr_append(rule, "counter");
	expr_jump(rule, target);
	set_owner(rule, owner);
	return rule;
}

/* ---- reading */

struct reading {
	int family;
	bool is_other; /* something else is in it */
	bool has_field, has_address, accepts;
	enum expr_field field;
	uint16_t states;
	struct addr address;
};

static void read_payload(const struct nlattr *payload, struct reading *reading)
{
	const unsigned source = expr_offset(reading->family, EXPR_SADDR);
	uint32_t offset = nft_number(nft_find(payload, NFTA_PAYLOAD_OFFSET));

	reading->is_other |=
		reading->has_field ||
		nft_number(nft_find(payload, NFTA_PAYLOAD_BASE)) != NFT_PAYLOAD_NETWORK_HEADER ||
		nft_number(nft_find(payload, NFTA_PAYLOAD_LEN)) != family_size(reading->family) ||
		(offset != source && offset != expr_offset(reading->family, EXPR_DADDR));
	reading->has_field = true;
	reading->field = offset == source ? EXPR_SADDR : EXPR_DADDR;
}

static void read_compare(const struct nlattr *compare, struct reading *reading)
{
	const struct nlattr *value = nft_find(nft_find(compare, NFTA_CMP_DATA), NFTA_DATA_VALUE);
	const size_t size = family_size(reading->family);

	if (!reading->has_field || reading->has_address || !value ||
	    (size_t)nla_len(value) != size ||
	    nft_number(nft_find(compare, NFTA_CMP_OP)) != NFT_CMP_EQ) {
		reading->is_other = true;
		return;
	}
	reading->has_address = true;
	reading->address.family = (uint8_t)reading->family;
	memcpy(reading->address.bytes, nla_data(value), size);
}

static void read_match(const struct nlattr *match, struct reading *reading)
{
	const char *name = nft_text(nft_find(match, NFTA_MATCH_NAME));
	const struct nlattr *data = nft_find(match, NFTA_MATCH_INFO);
	struct xt_conntrack_mtinfo3 info;

	if (!name || !text_equal(name, "conntrack") || reading->states || !data ||
	    (size_t)nla_len(data) < sizeof(info) ||
	    nft_number(nft_find(match, NFTA_MATCH_REV)) != CONNTRACK_REVISION) {
		reading->is_other = true;
		return;
	}
	memcpy(&info, nla_data(data), sizeof(info));
	reading->is_other |= info.match_flags != XT_CONNTRACK_STATE || info.invert_flags ||
			     !info.state_mask;
	reading->states = info.state_mask;
}

static void read_verdict(const struct nlattr *immediate, struct reading *reading)
{
	const struct nlattr *verdict = nft_find(nft_find(immediate, NFTA_IMMEDIATE_DATA),
						NFTA_DATA_VERDICT);
	const struct nlattr *code = nft_find(verdict, NFTA_VERDICT_CODE);

	reading->accepts = code && nft_number(code) == NF_ACCEPT;
}

static void read_part(const char *name, const struct nlattr *expression, void *data)
{
	struct reading *reading = data;

	reading->is_other |= reading->accepts; /* nothing comes behind it */
	if (text_equal(name, "payload"))
		read_payload(expression, reading);
	else if (text_equal(name, "cmp"))
		read_compare(expression, reading);
	else if (text_equal(name, "match"))
		read_match(expression, reading);
	else if (text_equal(name, "immediate"))
		read_verdict(expression, reading);
	else if (!text_equal(name, "counter"))
		reading->is_other = true;
}

bool accept_rule_read(const struct nlmsghdr *rule, int family, struct accept_rule *ret)
{
	struct reading reading = { .family = family };

	nft_rule_each(rule, read_part, &reading);
	if (reading.is_other || !reading.has_address || !reading.accepts)
		return false;
	for (int kind = 0; kind < ACCEPT_KINDS; kind++) {
		if (kinds[kind].field != reading.field || kinds[kind].states != reading.states)
			continue;
		*ret = (struct accept_rule){ .kind = (enum accept_kind)kind,
					     .address = reading.address };
		accept_rule_owner(rule, ret->owner);
		return true;
	}
	return false;
}

void accept_rule_owner(const struct nlmsghdr *rule, char ret[NFT_COMMENT])
{
	const struct nlattr *attr = nft_answer_find(rule, NFTA_RULE_USERDATA);

	nft_read_user_text(attr ? nla_data(attr) : NULL, attr ? (size_t)nla_len(attr) : 0,
			   OWNER_UDATA, ret);
}
