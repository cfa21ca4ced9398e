/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how the kernel lists chains, and how to find a word in the rules of one. */
#include "nft/chains.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/text.h"
#include "nft/answer.h"
#include "nft/rule_list.h"

struct walk {
	nft_chain_fn *fn;
	void *data;
};

static int take_chain(const struct nlmsghdr *answer, void *data)
{
	const struct walk *walk = data;
	const struct nfgenmsg *header = nlmsg_data(answer);
	const struct nlattr *hook, *policy;
	struct nft_chain_view view;

	if (!nft_answer_is(answer, NFT_MSG_NEWCHAIN))
		return -EBADMSG;
	hook = nft_find(nft_answer_find(answer, NFTA_CHAIN_HOOK), NFTA_HOOK_HOOKNUM);
	view = (struct nft_chain_view){
		.family = header->nfgen_family,
		.table = nft_text(nft_answer_find(answer, NFTA_CHAIN_TABLE)),
		.name = nft_text(nft_answer_find(answer, NFTA_CHAIN_NAME)),
		.is_base = hook,
	};
	if (view.is_base) {
		policy = nft_answer_find(answer, NFTA_CHAIN_POLICY);
		view.type = nft_text(nft_answer_find(answer, NFTA_CHAIN_TYPE));
		view.hook = nft_number(hook);
		view.drops = policy && nla_len(policy) == sizeof(uint32_t) &&
			     nft_number(policy) == NF_DROP;
	}
	return view.table && view.name ? walk->fn(&view, walk->data) : 0;
}

/* A disturbed dump is begun again: who looks at chains sees some of them twice. */
static void see_again(void *data)
{
	(void)data;
}

bool nft_name_is_plain(const char *name)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	return *name && *name != '-' && strspn(name, plain) == strlen(name);
}

int nft_each_chain(struct netlink *nl, nft_chain_fn *fn, void *data)
{
	struct nfgenmsg header = { .nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0 };
	struct nl_msg *request = netlink_request(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, 0,
						 &header, sizeof(header));
	struct walk walk = { .fn = fn, .data = data };

	return netlink_list(nl, request, take_chain, see_again, &walk);
}

struct mention {
	const char *ifname;
	bool is_found;
};

static void compare(const char *name, const struct nlattr *expression, void *data)
{
	struct mention *mention = data;
	const size_t size = strlen(mention->ifname);
	const struct nlattr *value;

	if (!text_equal(name, "cmp"))
		return;
	value = nft_find(nft_find(expression, NFTA_CMP_DATA), NFTA_DATA_VALUE);
	if (value && (size_t)nla_len(value) >= size &&
	    memcmp(nla_data(value), mention->ifname, size) == 0)
		mention->is_found = true;
}

static bool compares_with(const struct nlmsghdr *rule, const char *ifname)
{
	struct mention mention = { .ifname = ifname };

	nft_rule_each(rule, compare, &mention);
	return mention.is_found;
}

int nft_chain_mentions(struct netlink *nl, const struct nft_table *table, const char *chain,
		       const char *other, const char *ifname)
{
	cleanup_nft_rules struct nft_rules rules = { 0 };
	int r = nft_list_rules(nl, table, chain, &rules);

	for (size_t i = 0; r == 0 && i < rules.count; i++)
		r = nft_rule_goes_to(rules.items[i], other) ||
		    compares_with(rules.items[i], ifname);
	return r;
}
