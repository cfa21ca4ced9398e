/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how the kernel lists chains, and how to find a word in the rules of one. */
#include "nft/chains.h"

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/rules.h"

struct walk {
	nft_chain_fn *fn;
	void *data;
};

static int take_chain(const struct nlmsghdr *answer, void *data)
{
	const struct walk *walk = data;
	struct nftnl_chain *chain = nftnl_chain_alloc();
	struct nft_chain_view view;
	int r = 0;

	if (!chain)
		out_of_memory();
	if (nftnl_chain_nlmsg_parse(answer, chain) < 0) {
		nftnl_chain_free(chain);
		return -EBADMSG;
	}
	view = (struct nft_chain_view){
		.family = (uint8_t)nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY),
		.table = nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE),
		.name = nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME),
		.is_base = nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM),
	};
	if (view.is_base) {
		view.type = nftnl_chain_get_str(chain, NFTNL_CHAIN_TYPE);
		view.hook = nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM);
		view.drops = nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_DROP;
	}
	if (view.table && view.name)
		r = walk->fn(&view, walk->data);
	nftnl_chain_free(chain);
	return r;
}

/* A disturbed dump is begun again: who looks at chains sees some of them twice. */
static void see_again(void *data)
{
	(void)data;
}

int nft_each_chain(struct nl *nl, nft_chain_fn *fn, void *data)
{
	struct nfgenmsg header = { .nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0 };
	struct nl_msg *request = nl_request(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, 0,
					    &header, sizeof(header));
	struct walk walk = { .fn = fn, .data = data };

	return nl_list(nl, request, take_chain, see_again, &walk);
}

static bool compares_with(struct nftnl_rule *rule, const char *ifname)
{
	struct nftnl_expr_iter *iter = nftnl_expr_iter_create(rule);
	struct nftnl_expr *expr;
	bool result = false;

	if (!iter)
		out_of_memory();
	while (!result && (expr = nftnl_expr_iter_next(iter))) {
		uint32_t size = 0;
		const void *value = NULL;

		if (text_equal(nftnl_expr_get_str(expr, NFTNL_EXPR_NAME), "cmp"))
			value = nftnl_expr_get(expr, NFTNL_EXPR_CMP_DATA, &size);
		result = value && size >= strlen(ifname) &&
			 memcmp(value, ifname, strlen(ifname)) == 0;
	}
	nftnl_expr_iter_destroy(iter);
	return result;
}

int nft_chain_mentions(struct nl *nl, const struct nft_table *table, const char *chain,
		       const char *other, const char *ifname)
{
	cleanup_nft_rules struct nft_rules rules = { 0 };
	int r = nft_list_rules(nl, table, chain, &rules);

	for (size_t i = 0; r == 0 && i < rules.count; i++)
		r = nft_rule_goes_to(rules.items[i], other) ||
		    compares_with(rules.items[i], ifname);
	return r;
}
