/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the rules that read the sets of the table: one for each set, more only for conditions. */
#include <linux/netfilter/nf_conntrack_common.h>
#include <string.h>

#include "nft/expr_nat.h"
#include "table_rules.h"

enum { WORD = 4, PORT_OFFSET = 2, PORT_SIZE = 2 /* TCP, UDP and SCTP agree */ };

/* As the kernel's NF_CT_STATE_BIT(IP_CT_NEW). */
static const uint32_t state_new = 1U << (IP_CT_NEW + 1);

/* [ip saddr .] [ip daddr .] meta l4proto . th dport, from EXPR_A on */
static void load_key(struct nftnl_rule *rule, const struct port_entry *entry)
{
	unsigned words = family_size(entry->family) / WORD;
	unsigned at = 0;

	if (port_entry_is_alone(entry)) {
		expr_load_address(rule, entry->family, EXPR_SADDR, expr_word(at));
		at += words;
	}
	if (port_entry_is_specific(entry)) {
		expr_load_address(rule, entry->family, EXPR_DADDR, expr_word(at));
		at += words;
	}
	expr_load_meta(rule, NFT_META_L4PROTO, expr_word(at));
	expr_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, PORT_OFFSET, PORT_SIZE,
			  expr_word(at + 1));
}

static struct nftnl_rule *new_rule(const struct port_entry *entry, const char *for_ports,
				   const char *for_addresses)
{
	const char *chain = port_entry_is_specific(entry) ? for_addresses : for_ports;
	struct nftnl_rule *rule = nft_rule(&port_table.table, chain);

	expr_match_family(rule, entry->family);
	return rule;
}

/* dnat ip to meta l4proto . th dport map @ports-ipv4 */
static struct nftnl_rule *port_rule(const struct port_entry *entry, const char *set)
{
	struct nftnl_rule *rule = new_rule(entry, "ports", "addresses");

	load_key(rule, entry);
	expr_map(rule, EXPR_A, set, EXPR_A);
	expr_dnat(rule, entry->family);
	return rule;
}

/* ct state new meta l4proto . th dport @local-ports-ipv4 ip saddr set 0.0.0.0 */
static struct nftnl_rule *local_rule(const struct port_entry *entry, const char *set)
{
	static const uint8_t nothing[16] = { 0 };
	struct nftnl_rule *rule = new_rule(entry, "loopback-ports", "loopback-addresses");

	expr_match_ct_bits(rule, NFT_CT_STATE, state_new);
	load_key(rule, entry);
	expr_match_set(rule, EXPR_A, set, false);
	expr_load_value(rule, nothing, family_size(entry->family), EXPR_A);
	expr_store_address(rule, entry->family, EXPR_SADDR, EXPR_A);
	return rule;
}

/*
 * ip saddr 10.1.0.0/16 meta l4proto . th dport @from-10.1.0.0/16-mark13
 *	meta mark set meta mark | 0x2000
 */
static struct nftnl_rule *from_rule(const struct port_entry *entry, const char *set)
{
	struct prefix subnet = port_entry_subnet(entry);
	struct nftnl_rule *rule = new_rule(entry, "sources", "sources");

	if (entry->subnet > 0 && !port_entry_is_alone(entry))
		expr_match_prefix(rule, EXPR_SADDR, NFT_CMP_EQ, &subnet);
	load_key(rule, entry);
	expr_match_set(rule, EXPR_A, set, false);
	expr_add_mark(rule, 1U << entry->mark_bit);
	return rule;
}

/*
 * ct status & dnat == dnat meta mark & 0x2000 == 0x2000 ip daddr @to-ipv4-mark13 masquerade
 * The mark alone could be somebody else's.
 */
static struct nftnl_rule *to_rule(const struct port_entry *entry, const char *set)
{
	struct nftnl_rule *rule = new_rule(entry, "postrouting", "postrouting");
	uint32_t mark = 1U << entry->mark_bit;

	expr_match_ct_bits(rule, NFT_CT_STATUS, IPS_DST_NAT);
	expr_load_meta(rule, NFT_META_MARK, EXPR_A);
	expr_mask(rule, EXPR_A, &mark, sizeof(mark));
	expr_match(rule, EXPR_A, NFT_CMP_EQ, &mark, sizeof(mark));
	expr_load_address(rule, entry->family, EXPR_DADDR, EXPR_A);
	expr_match_set(rule, EXPR_A, set, false);
	expr_masquerade(rule);
	return rule;
}

static void match_condition(struct nftnl_rule *rule, const struct condition *condition,
			    enum nft_cmp_ops op)
{
	size_t length = strlen(condition->name);

	switch (condition->field) {
	case CONDITION_SADDR:
		expr_match_prefix(rule, EXPR_SADDR, op, &condition->prefix);
		return;
	case CONDITION_DADDR:
		expr_match_prefix(rule, EXPR_DADDR, op, &condition->prefix);
		return;
	case CONDITION_MARK:
		expr_load_meta(rule, NFT_META_MARK, EXPR_A);
		expr_mask(rule, EXPR_A, &condition->mask, sizeof(condition->mask));
		expr_match(rule, EXPR_A, op, &condition->mark, sizeof(condition->mark));
		return;
	default:
		expr_load_meta(rule,
			       condition->field == CONDITION_IIFNAME ? NFT_META_IIFNAME
								     : NFT_META_OIFNAME,
			       EXPR_A);
		expr_match(rule, EXPR_A, op, condition->name,
			   condition->is_beginning ? length : sizeof(condition->name));
	}
}

/* Where the i-th rule begins in the list; a list of alternatives that must fit is one rule. */
static size_t find_condition(const struct conditions *conditions, size_t i)
{
	size_t at = 0;

	while (at < conditions->count && i > 0) {
		size_t next = at + 1;

		if (!conditions->items[at].negated) {
			while (next < conditions->count &&
			       conditions->items[next].list == conditions->items[at].list)
				next++;
		}
		at = next;
		i--;
	}
	return at;
}

/*
 * What does not fulfil a condition is left alone:
 *	ip saddr != 0.0.0.0 meta l4proto . th dport @limit-… ip daddr != 192.0.2.1 accept
 * The conditions of others do not matter: their ports do not stand in this set. What has no source
 * any more was let pass when it had one.
 */
static struct nftnl_rule *limit_rule(const struct port_entry *entry, const char *set,
				     const struct conditions *conditions, size_t i)
{
	size_t at = conditions ? find_condition(conditions, i) : 0;
	const struct prefix cleared = { .addr.family = entry->family,
					.len = (uint8_t)family_bits(entry->family) };
	struct nftnl_rule *rule;
	unsigned list;

	if (!conditions || at >= conditions->count)
		return NULL;
	rule = new_rule(entry, "port-limits", "address-limits");
	expr_match_prefix(rule, EXPR_SADDR, NFT_CMP_NEQ, &cleared);
	load_key(rule, entry);
	expr_match_set(rule, EXPR_A, set, false);
	list = conditions->items[at].list;
	if (conditions->items[at].negated)
		match_condition(rule, &conditions->items[at], NFT_CMP_EQ);
	for (; at < conditions->count && conditions->items[at].list == list; at++) {
		if (!conditions->items[at].negated)
			match_condition(rule, &conditions->items[at], NFT_CMP_NEQ);
	}
	expr_verdict(rule, NF_ACCEPT);
	return rule;
}

struct nftnl_rule *table_rule(const struct port_entry *entry, const char *set,
			      const struct conditions *conditions, size_t i)
{
	if (entry->kind == PORT_KIND_LIMIT)
		return limit_rule(entry, set, conditions, i);
	if (i > 0)
		return NULL;
	switch (entry->kind) {
	case PORT_KIND_PORT:
		return port_rule(entry, set);
	case PORT_KIND_LOCAL:
		return local_rule(entry, set);
	case PORT_KIND_FROM:
		return from_rule(entry, set);
	default:
		return to_rule(entry, set);
	}
}
