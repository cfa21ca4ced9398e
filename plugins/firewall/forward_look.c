/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows when iptables' chain FORWARD may drop something: by its policy, or by any rule of others.
 */
#include "forward_look.h"

#include <linux/netfilter/nf_tables.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/answer.h"
#include "nft/ask.h"

const int forward_families[FORWARD_FAMILIES] = { AF_INET, AF_INET6 };

struct nft_table forward_table(int family)
{
	return (struct nft_table){ family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4, "filter" };
}

static int take_chain(const struct nlmsghdr *answer, void *place)
{
	const struct nlattr *hook = nft_answer_find(answer, NFTA_CHAIN_HOOK);
	const struct nlattr *policy = nft_answer_find(answer, NFTA_CHAIN_POLICY);
	struct forward_chain *chain = place;

	chain->exists = true;
	chain->is_base = hook && nft_number(nft_find(hook, NFTA_HOOK_HOOKNUM)) == NF_INET_FORWARD;
	/* a number that is 0, too, when it is not told */
	chain->drops = policy && nla_len(policy) == sizeof(uint32_t) &&
		       nft_number(policy) == NF_DROP;
	return 0;
}

static int look_at_chains(struct netlink *nl, const char *admin_chain, struct forward_look *look)
{
	cleanup_nft_ask struct nft_ask ask = { 0 };

	nft_ask_any(&ask, NFT_MSG_GETCHAIN, 0, &look->table, FORWARD_ALL, take_chain, &look->all);
	nft_ask_any(&ask, NFT_MSG_GETCHAIN, 0, &look->table, FORWARD_OURS, take_chain, &look->ours);
	nft_ask_any(&ask, NFT_MSG_GETCHAIN, 0, &look->table, admin_chain, take_chain, &look->admin);
	return nft_ask_run(nl, &ask);
}

static void look_at_rules(const struct nft_rules *rules, struct forward_look *look)
{
	look->is_needed = look->all.drops;
	for (size_t i = 0; i < rules->count; i++) {
		if (nft_rule_goes_to(rules->items[i], FORWARD_OURS))
			look->has_jump = true;
		else
			look->is_needed = true;
	}
}

int forward_look(struct netlink *nl, int family, const char *admin_chain, struct forward_look *ret)
{
	cleanup_nft_rules struct nft_rules rules = { 0 };
	int r;

	forward_look_release(ret);
	ret->family = family;
	ret->table = forward_table(family);
	r = look_at_chains(nl, admin_chain, ret);
	if (r < 0 || !ret->all.is_base)
		return r;
	r = nft_list_rules(nl, &ret->table, FORWARD_ALL, &rules);
	look_at_rules(&rules, ret);
	if (r == 0 && ret->is_needed && ret->ours.exists)
		r = nft_list_rules(nl, &ret->table, FORWARD_OURS, &ret->accepts);
	for (size_t i = 0; i < ret->accepts.count; i++)
		ret->has_admin_jump |= nft_rule_goes_to(ret->accepts.items[i], admin_chain);
	return r;
}

void forward_look_release(struct forward_look *look)
{
	nft_rules_release(&look->accepts);
	*look = (struct forward_look){ 0 };
}

static void take_target(const char *name, const struct nlattr *expression, void *data)
{
	const struct nlattr *value = nft_find(expression, NFTA_IMMEDIATE_DATA);
	const char *chain;
	char **ret = data;

	if (!text_equal(name, "immediate"))
		return;
	chain = nft_text(nft_find(nft_find(value, NFTA_DATA_VERDICT), NFTA_VERDICT_CHAIN));
	if (!chain)
		return;
	free(*ret);
	*ret = xstrdup(chain);
}

char *forward_target(const struct nlmsghdr *rule)
{
	char *target = xstrdup("");

	nft_rule_each(rule, take_target, &target);
	return target;
}
