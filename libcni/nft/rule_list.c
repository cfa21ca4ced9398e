/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how the rules of a chain are read, and how to see what a rule does. Others may have made it
 * of expressions that nobody here knows: only those that matter are looked at, and their attributes
 * measured first.
 */
#include "nft/rule_list.h"

#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/answer.h"
#include "nft/ask.h"

static int take_rule(const struct nlmsghdr *answer, void *data)
{
	struct nft_rules *rules = data;
	struct nlmsghdr *copy;

	if (!nft_answer_is(answer, NFT_MSG_NEWRULE))
		return -EBADMSG;
	copy = xmalloc(answer->nlmsg_len);
	memcpy(copy, answer, answer->nlmsg_len);
	rules->items = xgrow(rules->items, rules->count, sizeof(*rules->items));
	rules->items[rules->count++] = copy;
	return 0;
}

static void forget_rules(void *data)
{
	nft_rules_release(data);
}

static int list_rules(struct netlink *nl, const struct nft_table *table, const char *chain_or_null,
		      struct nft_rules *ret)
{
	struct nfgenmsg header = { .nfgen_family = table->family, .version = NFNETLINK_V0 };
	struct nl_msg *request = netlink_request(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, 0,
						 &header, sizeof(header));
	int r;

	nft_buffer_put_text(nlmsg_hdr(request), NFTA_RULE_TABLE, table->name);
	if (chain_or_null)
		nft_buffer_put_text(nlmsg_hdr(request), NFTA_RULE_CHAIN, chain_or_null);
	r = netlink_list(nl, request, take_rule, forget_rules, ret);
	return r == -ENOENT ? 0 : r;
}

int nft_list_rules(struct netlink *nl, const struct nft_table *table, const char *chain,
		   struct nft_rules *ret)
{
	return list_rules(nl, table, chain, ret);
}

int nft_list_table_rules(struct netlink *nl, const struct nft_table *table, struct nft_rules *ret)
{
	return list_rules(nl, table, NULL, ret);
}

void nft_rules_release(struct nft_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		free(rules->items[i]);
	free(rules->items);
	*rules = (struct nft_rules){ 0 };
}

void nft_ask_rules(struct nft_ask *ask, const struct nft_table *table, struct nft_rules *ret)
{
	nft_ask_any(ask, NFT_MSG_GETRULE, NLM_F_DUMP, table, NULL, take_rule, ret);
}

const char *nft_rule_chain(const struct nlmsghdr *rule)
{
	return nft_text(nft_answer_find(rule, NFTA_RULE_CHAIN));
}

uint64_t nft_rule_handle(const struct nlmsghdr *rule)
{
	const struct nlattr *attr = nft_answer_find(rule, NFTA_RULE_HANDLE);
	uint64_t handle = 0;

	if (attr && nla_len(attr) == sizeof(handle))
		memcpy(&handle, nla_data(attr), sizeof(handle));
	return be64toh(handle);
}

void nft_rule_comment(const struct nlmsghdr *rule, char ret[NFT_COMMENT])
{
	const struct nlattr *attr = nft_answer_find(rule, NFTA_RULE_USERDATA);

	nft_read_comment(attr ? nla_data(attr) : NULL, attr ? (size_t)nla_len(attr) : 0, ret);
}

void nft_rule_each(const struct nlmsghdr *rule, nft_expression_fn *fn, void *data)
{
	struct nlattr *list = nft_answer_find(rule, NFTA_RULE_EXPRESSIONS);
	struct nlattr *item;
	int rest;

	if (!list)
		return;
	nla_for_each_nested(item, list, rest)
	{
		const char *name = nft_text(nft_find(item, NFTA_EXPR_NAME));

		if (name)
			fn(name, nft_find(item, NFTA_EXPR_DATA), data);
	}
}

static const char *set_of(const struct nlattr *lookup)
{
	return nft_text(nft_find(lookup, NFTA_LOOKUP_SET));
}

/* The chain that an immediate verdict leads to, or NULL. */
static const char *target_of(const struct nlattr *immediate)
{
	const struct nlattr *value = nft_find(immediate, NFTA_IMMEDIATE_DATA);

	return nft_text(nft_find(nft_find(value, NFTA_DATA_VERDICT), NFTA_VERDICT_CHAIN));
}

/* A name that a rule may have in one of its expressions. */
struct search {
	const char *expression;
	const char *(*read)(const struct nlattr *data);
	const char *wanted;
	bool is_found;
};

static void compare(const char *name, const struct nlattr *expression, void *data)
{
	struct search *search = data;
	const char *text = text_equal(name, search->expression) ? search->read(expression) : NULL;

	search->is_found |= text && text_equal(text, search->wanted);
}

bool nft_rule_uses_set(const struct nlmsghdr *rule, const char *set)
{
	struct search search = { .expression = "lookup", .read = set_of, .wanted = set };
	char comment[NFT_COMMENT];

	nft_rule_each(rule, compare, &search);
	nft_rule_comment(rule, comment);
	return search.is_found || text_equal(comment, set);
}

static void take_target(const char *name, const struct nlattr *expression, void *data)
{
	const char **target = data;

	if (!*target && text_equal(name, "immediate"))
		*target = target_of(expression);
}

const char *nft_rule_target(const struct nlmsghdr *rule)
{
	const char *target = NULL;

	nft_rule_each(rule, take_target, &target);
	return target;
}

bool nft_rule_goes_to(const struct nlmsghdr *rule, const char *chain)
{
	struct search search = { .expression = "immediate", .read = target_of, .wanted = chain };

	nft_rule_each(rule, compare, &search);
	return search.is_found;
}

struct outline {
	struct text sets;
	const char *last, *target;
	uint32_t verdict;
};

static const struct nlattr *verdict_of(const struct nlattr *immediate)
{
	return nft_find(nft_find(nft_find(immediate, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT),
			NFTA_VERDICT_CODE);
}

static void add_to_outline(const char *name, const struct nlattr *expression, void *data)
{
	struct outline *outline = data;
	const char *set = text_equal(name, "lookup") ? set_of(expression) : NULL;
	const bool is_immediate = text_equal(name, "immediate");

	outline->last = name;
	outline->target = is_immediate ? target_of(expression) : NULL;
	outline->verdict = is_immediate ? nft_number(verdict_of(expression)) : 0;
	if (set)
		text_addf(&outline->sets, "@%s ", set);
}

char *nft_rule_outline(const struct nlmsghdr *rule)
{
	struct outline outline = { .last = "" };
	cleanup_text struct text sets = { 0 };
	char comment[NFT_COMMENT];

	nft_rule_each(rule, add_to_outline, &outline);
	sets = outline.sets;
	nft_rule_comment(rule, comment);
	return xasprintf("%s%s %s %u%s%s", sets.s ? sets.s : "", outline.last,
			 outline.target ? outline.target : "", outline.verdict, *comment ? " " : "",
			 comment);
}

bool nft_rule_is_alike(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	cleanup_free char *outline_a = nft_rule_outline(a);
	cleanup_free char *outline_b = nft_rule_outline(b);

	return text_equal(outline_a, outline_b);
}
