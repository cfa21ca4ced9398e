/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how the rules of a chain are read, and how to see what a rule does. */
#include "nft/rules.h"

#include <errno.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static int take_rule(const struct nlmsghdr *answer, void *data)
{
	struct nft_rules *rules = data;
	struct nftnl_rule *rule = nftnl_rule_alloc();

	if (!rule)
		out_of_memory();
	rules->items = xgrow(rules->items, rules->count, sizeof(*rules->items));
	rules->items[rules->count++] = rule;
	return nftnl_rule_nlmsg_parse(answer, rule) < 0 ? -EBADMSG : 0;
}

static void forget_rules(void *data)
{
	nft_rules_release(data);
}

int nft_list_rules(struct nl *nl, const struct nft_table *table, const char *chain,
		   struct nft_rules *ret)
{
	struct nfgenmsg header = { .nfgen_family = table->family, .version = NFNETLINK_V0 };
	struct nl_msg *request = nl_request(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, 0, &header,
					    sizeof(header));
	int r;

	nft_buffer_put_text(nlmsg_hdr(request), NFTA_RULE_TABLE, table->name);
	nft_buffer_put_text(nlmsg_hdr(request), NFTA_RULE_CHAIN, chain);
	r = nl_list(nl, request, take_rule, forget_rules, ret);
	return r == -ENOENT ? 0 : r;
}

void nft_rules_release(struct nft_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		nftnl_rule_free(rules->items[i]);
	free(rules->items);
	*rules = (struct nft_rules){ 0 };
}

uint64_t nft_rule_handle(const struct nftnl_rule *rule)
{
	return nftnl_rule_get_u64(rule, NFTNL_RULE_HANDLE);
}

void nft_rule_comment(const struct nftnl_rule *rule, char ret[NFT_COMMENT])
{
	uint32_t size = 0;
	const void *user_data = nftnl_rule_get_data(rule, NFTNL_RULE_USERDATA, &size);

	nft_read_comment(user_data, size, ret);
}

/* True when one of the rule's expressions of this kind carries this text as attribute. */
static bool has_text(struct nftnl_rule *rule, const char *kind, uint16_t attribute,
		     const char *text)
{
	struct nftnl_expr_iter *iter = nftnl_expr_iter_create(rule);
	struct nftnl_expr *expr;
	bool result = false;

	if (!iter)
		out_of_memory();
	while (!result && (expr = nftnl_expr_iter_next(iter))) {
		const char *value = NULL;

		if (text_equal(nftnl_expr_get_str(expr, NFTNL_EXPR_NAME), kind))
			value = nftnl_expr_get_str(expr, attribute);
		result = value && text_equal(value, text);
	}
	nftnl_expr_iter_destroy(iter);
	return result;
}

bool nft_rule_uses_set(struct nftnl_rule *rule, const char *set)
{
	return has_text(rule, "lookup", NFTNL_EXPR_LOOKUP_SET, set);
}

bool nft_rule_goes_to(struct nftnl_rule *rule, const char *chain)
{
	return has_text(rule, "immediate", NFTNL_EXPR_IMM_CHAIN, chain);
}

/* "@checked @allowed immediate chain": the sets a rule reads and what it does in the end. */
static void add_outline(struct text *text, struct nftnl_rule *rule)
{
	struct nftnl_expr_iter *iter = nftnl_expr_iter_create(rule);
	const char *last = "", *target = NULL;
	struct nftnl_expr *expr;

	if (!iter)
		out_of_memory();
	while ((expr = nftnl_expr_iter_next(iter))) {
		last = nftnl_expr_get_str(expr, NFTNL_EXPR_NAME);
		target = text_equal(last, "immediate")
				 ? nftnl_expr_get_str(expr, NFTNL_EXPR_IMM_CHAIN)
				 : NULL;
		if (text_equal(last, "lookup"))
			text_addf(text, "@%s ", nftnl_expr_get_str(expr, NFTNL_EXPR_LOOKUP_SET));
	}
	text_addf(text, "%s %s", last, target ? target : "");
	nftnl_expr_iter_destroy(iter);
}

bool nft_rule_is_alike(struct nftnl_rule *a, struct nftnl_rule *b)
{
	cleanup_text struct text outline_a = { 0 };
	cleanup_text struct text outline_b = { 0 };

	add_outline(&outline_a, a);
	add_outline(&outline_b, b);
	return text_equal(outline_a.s, outline_b.s);
}
