/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows what the expressions of a rule ask of a packet, and what the rule does with it. Registers
 * hold what is known of it, byte by byte.
 */
#include "host/fate_rule.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_conntrack.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "host/fate_load.h"
#include "nft/answer.h"

struct reading {
	struct netlink *nft;
	const struct nft_table *table;
	const struct packet *packet;
	struct bytes registers;
	struct rule_fate *fate;
};

/* -2: nobody knows; else the order of the register and the value. */
static int compare(const struct bytes *registers, size_t at, const struct nlattr *value)
{
	const uint8_t *wanted = value ? nla_data(value) : NULL;

	if (!wanted || at + (size_t)nla_len(value) > REGISTERS)
		return -2;
	for (size_t i = 0; i < (size_t)nla_len(value); i++) {
		if (!registers->is_known[at + i])
			return -2;
		if (registers->value[at + i] != wanted[i])
			return registers->value[at + i] < wanted[i] ? -1 : 1;
	}
	return 0;
}

/* A byte that is known and another one is enough for what is not equal. */
static bool differs(const struct bytes *registers, size_t at, const struct nlattr *value)
{
	const uint8_t *wanted = value ? nla_data(value) : NULL;

	for (size_t i = 0; wanted && i < (size_t)nla_len(value) && at + i < REGISTERS; i++)
		if (registers->is_known[at + i] && registers->value[at + i] != wanted[i])
			return true;
	return false;
}

static enum answer yes_if(bool is_so)
{
	return is_so ? ANSWER_YES : ANSWER_NO;
}

static enum answer answer_cmp(struct reading *reading, const struct nlattr *expression)
{
	size_t at = register_at(nft_find(expression, NFTA_CMP_SREG));
	const struct nlattr *value = nft_find(nft_find(expression, NFTA_CMP_DATA), NFTA_DATA_VALUE);
	uint32_t op = nft_number(nft_find(expression, NFTA_CMP_OP));
	int order = compare(&reading->registers, at, value);

	if (op == NFT_CMP_EQ || op == NFT_CMP_NEQ) {
		if (differs(&reading->registers, at, value))
			return yes_if(op == NFT_CMP_NEQ);
		return order == -2 ? ANSWER_MAYBE : yes_if(op == NFT_CMP_EQ);
	}
	if (order == -2)
		return ANSWER_MAYBE;
	switch (op) {
	case NFT_CMP_LT:
		return yes_if(order < 0);
	case NFT_CMP_LTE:
		return yes_if(order <= 0);
	case NFT_CMP_GT:
		return yes_if(order > 0);
	default:
		return yes_if(order >= 0);
	}
}

static enum answer answer_range(struct reading *reading, const struct nlattr *expression)
{
	size_t at = register_at(nft_find(expression, NFTA_RANGE_SREG));
	int first = compare(&reading->registers, at,
			    nft_find(nft_find(expression, NFTA_RANGE_FROM_DATA), NFTA_DATA_VALUE));
	int last = compare(&reading->registers, at,
			   nft_find(nft_find(expression, NFTA_RANGE_TO_DATA), NFTA_DATA_VALUE));
	bool is_inverted = nft_number(nft_find(expression, NFTA_RANGE_OP)) == NFT_RANGE_NEQ;

	if (first == -2 || last == -2)
		return ANSWER_MAYBE;
	return yes_if((first >= 0 && last <= 0) != is_inverted);
}

static void take_verdict(struct rule_fate *fate, const struct nlattr *verdict)
{
	const char *chain = nft_text(nft_find(verdict, NFTA_VERDICT_CHAIN));

	switch ((int)nft_number(nft_find(verdict, NFTA_VERDICT_CODE))) {
	case NF_ACCEPT:
		fate->verdict = RULE_ACCEPT;
		break;
	case NF_DROP:
		fate->verdict = RULE_DROP;
		break;
	case NFT_RETURN:
		fate->verdict = RULE_RETURN;
		break;
	case NFT_CONTINUE:
		break;
	case NFT_JUMP:
	case NFT_GOTO:
		fate->verdict = (int)nft_number(nft_find(verdict, NFTA_VERDICT_CODE)) == NFT_JUMP
					? RULE_JUMP
					: RULE_GOTO;
		if (chain && strlen(chain) < sizeof(fate->target)) {
			(void)snprintf(fate->target, sizeof(fate->target), "%s", chain);
			break;
		}
		fate->verdict = RULE_UNKNOWN;
		break;
	default:
		fate->verdict = RULE_UNKNOWN;
	}
}

struct member {
	bool is_there;
	struct rule_fate *fate;
};

static int take_member(const struct nlmsghdr *answer, void *data)
{
	struct member *member = data;
	struct nlattr *list = nft_answer_is(answer, NFT_MSG_NEWSETELEM)
				      ? nft_answer_find(answer, NFTA_SET_ELEM_LIST_ELEMENTS)
				      : NULL;
	struct nlattr *item;
	int rest;

	if (!list)
		return 0;
	nla_for_each_nested(item, list, rest)
	{
		const struct nlattr *verdict = nft_find(nft_find(item, NFTA_SET_ELEM_DATA),
							NFTA_DATA_VERDICT);

		member->is_there = true;
		if (verdict)
			take_verdict(member->fate, verdict);
	}
	return 0;
}

static int take_key_size(const struct nlmsghdr *answer, void *data)
{
	uint32_t *size = data;

	if (nft_answer_is(answer, NFT_MSG_NEWSET))
		*size = nft_number(nft_answer_find(answer, NFTA_SET_KEY_LEN));
	return 0;
}

static struct nl_msg *set_request(const struct reading *reading, int type)
{
	struct nfgenmsg header = { .nfgen_family = reading->table->family,
				   .version = NFNETLINK_V0 };

	return netlink_request(NFNL_SUBSYS_NFTABLES << 8 | type, 0, &header, sizeof(header));
}

static uint32_t key_size_of(struct reading *reading, const char *set)
{
	struct nl_msg *request = set_request(reading, NFT_MSG_GETSET);
	uint32_t size = 0;

	nft_buffer_put_text(nlmsg_hdr(request), NFTA_SET_TABLE, reading->table->name);
	nft_buffer_put_text(nlmsg_hdr(request), NFTA_SET_NAME, set);
	return netlink_get(reading->nft, request, take_key_size, &size) < 0 ? 0 : size;
}

/* The kernel knows what is in its sets, ranges too. */
static enum answer answer_lookup(struct reading *reading, const struct nlattr *expression)
{
	const char *set = nft_text(nft_find(expression, NFTA_LOOKUP_SET));
	size_t at = register_at(nft_find(expression, NFTA_LOOKUP_SREG));
	bool is_inverted = nft_number(nft_find(expression, NFTA_LOOKUP_FLAGS)) & NFT_LOOKUP_F_INV;
	uint32_t size = set && strlen(set) < NFT_NAME ? key_size_of(reading, set) : 0;
	struct nft_element element = { .key_size = size };
	struct member member = { .fate = reading->fate };
	struct nl_msg *request;
	int r;

	if (!size || size > NFT_KEY || at + size > REGISTERS)
		return ANSWER_MAYBE;
	for (size_t i = 0; i < size; i++)
		if (!reading->registers.is_known[at + i])
			return ANSWER_MAYBE;
	(void)snprintf(element.set, sizeof(element.set), "%s", set); /* measured */
	memcpy(element.key, reading->registers.value + at, size);
	request = set_request(reading, NFT_MSG_GETSETELEM);
	nft_build_elements(nlmsg_hdr(request), reading->table, &element, 1, false);
	r = netlink_get(reading->nft, request, take_member, &member);
	if (r < 0 && r != -ENOENT)
		return ANSWER_MAYBE;
	return yes_if(member.is_there != is_inverted);
}

enum answer conntrack_answer(const void *info, size_t size, unsigned revision,
			     const struct packet *packet)
{
	struct xt_conntrack_mtinfo3 match;
	uint16_t states;

	if (revision < 2 || revision > 3 || size < sizeof(struct xt_conntrack_mtinfo2))
		return ANSWER_MAYBE;
	memset(&match, 0, sizeof(match));
	memcpy(&match, info, size < sizeof(match) ? size : sizeof(match));
	/* the beginning is that of the second revision */
	if (match.match_flags != XT_CONNTRACK_STATE)
		return ANSWER_MAYBE;
	states = match.state_mask;
	if (states & XT_CONNTRACK_STATE_SNAT)
		return ANSWER_MAYBE;
	if (packet->is_published && (states & XT_CONNTRACK_STATE_DNAT))
		return yes_if(!(match.invert_flags & XT_CONNTRACK_STATE));
	return yes_if(((states & packet_state(packet)) != 0) !=
		      ((match.invert_flags & XT_CONNTRACK_STATE) != 0));
}

static enum answer answer_match(const struct reading *reading, const struct nlattr *expression)
{
	const char *name = nft_text(nft_find(expression, NFTA_MATCH_NAME));
	const struct nlattr *info = nft_find(expression, NFTA_MATCH_INFO);

	if (!name || !info)
		return ANSWER_MAYBE;
	if (text_equal(name, "comment"))
		return ANSWER_YES;
	if (text_equal(name, "conntrack"))
		return conntrack_answer(nla_data(info), (size_t)nla_len(info),
					nft_number(nft_find(expression, NFTA_MATCH_REV)),
					reading->packet);
	return ANSWER_MAYBE;
}

static void take_target(struct rule_fate *fate, const struct nlattr *expression)
{
	static const char *const harmless[] = { "LOG",	 "MARK",     "TCPMSS",	 "CT",
						"NFLOG", "CONNMARK", "CHECKSUM", "TRACE" };
	const char *name = nft_text(nft_find(expression, NFTA_TARGET_NAME));

	for (size_t i = 0; name && i < array_size(harmless); i++)
		if (text_equal(name, harmless[i]))
			return;
	fate->verdict = name && text_equal(name, "REJECT") ? RULE_DROP : RULE_UNKNOWN;
}

static void take_immediate(struct reading *reading, const struct nlattr *expression)
{
	const struct nlattr *data = nft_find(expression, NFTA_IMMEDIATE_DATA);
	const struct nlattr *value = nft_find(data, NFTA_DATA_VALUE);
	const struct nlattr *verdict = nft_find(data, NFTA_DATA_VERDICT);

	if (verdict)
		take_verdict(reading->fate, verdict);
	else if (value)
		bytes_put(&reading->registers,
			  register_at(nft_find(expression, NFTA_IMMEDIATE_DREG)), nla_data(value),
			  (size_t)nla_len(value), true);
}

static bool is_any_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (text_equal(name, *names))
			return true;
	return false;
}

/* What has no answer and changes nothing. */
static const char *const silent[] = { "counter", "log", "notrack", "objref", "dup", "last", NULL };

/* What decides or sets something by itself; false: it is none of these. */
static bool take_statement(struct reading *reading, const char *name,
			   const struct nlattr *expression)
{
	if (text_equal(name, "immediate"))
		take_immediate(reading, expression);
	else if (text_equal(name, "reject"))
		reading->fate->verdict = RULE_DROP;
	else if (text_equal(name, "target"))
		take_target(reading->fate, expression);
	else
		return false;
	return true;
}

static void take(const char *name, const struct nlattr *expression, void *data)
{
	struct reading *reading = data;
	enum answer answer = ANSWER_MAYBE;

	if (reading->fate->applies == ANSWER_NO || is_any_of(name, silent))
		return;
	if (take_statement(reading, name, expression) ||
	    bytes_load(&reading->registers, reading->packet, name, expression))
		return;
	if (text_equal(name, "cmp"))
		answer = answer_cmp(reading, expression);
	else if (text_equal(name, "range"))
		answer = answer_range(reading, expression);
	else if (text_equal(name, "lookup"))
		answer = answer_lookup(reading, expression);
	else if (text_equal(name, "match"))
		answer = answer_match(reading, expression);
	else /* it may have written anything */
		memset(reading->registers.is_known, false, sizeof(reading->registers.is_known));
	if (answer == ANSWER_NO || reading->fate->applies == ANSWER_YES)
		reading->fate->applies = answer;
}

struct rule_fate rule_fate_of(struct netlink *nft, const struct nft_table *table,
			      const struct nlmsghdr *rule, const struct packet *packet)
{
	struct rule_fate fate = { .applies = ANSWER_YES };
	struct reading reading = { .nft = nft, .table = table, .packet = packet, .fate = &fate };

	nft_rule_each(rule, take, &reading);
	return fate;
}
