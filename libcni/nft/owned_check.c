/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what must be there for an entry of an owned table to have its effect. */
#include <libnftnl/rule.h>
#include <string.h>

#include "base/text.h"
#include "nft/ask.h"
#include "nft/owned_share.h"
#include "nft/rules.h"

static void free_rule(struct nftnl_rule **rule)
{
	if (*rule)
		nftnl_rule_free(*rule);
}

/* 1 when the rule stands in its chain or is none, 0 when not, or -errno. */
static int has_rule(struct nl *nl, const struct owned_table *table, struct nftnl_rule *expected)
{
	cleanup_with(free_rule) struct nftnl_rule *rule = expected;
	cleanup_nft_rules struct nft_rules rules = { 0 };
	int r;

	if (!rule)
		return 1;
	r = nft_list_rules(nl, &table->table, nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN), &rules);
	for (size_t i = 0; r == 0 && i < rules.count; i++) {
		if (nft_rule_is_alike(rules.items[i], rule))
			return 1;
	}
	return r;
}

/* The first thing that is missing among those that can be asked for in one go. */
static int check_objects(struct nl *nl, const struct owned_table *table, const char *owner,
			 const struct owned_entry *entry, enum owned_state *ret)
{
	cleanup_nft_ask struct nft_ask ask = { 0 };
	struct nft_holder holders[OWNED_SETS];
	bool chains[OWNED_CHAINS];
	bool has_table;
	int r;

	nft_ask_table(&ask, &table->table, &has_table);
	for (size_t i = 0; i < table->chain_count; i++)
		nft_ask_chain(&ask, &table->table, table->chains[i].name, &chains[i]);
	for (size_t i = 0; i < table->set_count; i++) {
		struct nft_element element = table->element(entry, i);

		nft_ask_element(&ask, &table->table, &element, &holders[i]);
	}
	r = nft_ask_run(nl, &ask);
	if (r < 0)
		return r;
	*ret = has_table ? OWNED_WELL : OWNED_NO_TABLE;
	for (size_t i = 0; *ret == OWNED_WELL && i < table->chain_count; i++)
		*ret = chains[i] ? OWNED_WELL : OWNED_NO_CHAIN;
	for (size_t i = 0; *ret == OWNED_WELL && i < table->set_count; i++) {
		if (!holders[i].exists || !text_equal(holders[i].comment, owner))
			*ret = OWNED_NO_ELEMENT;
	}
	return 0;
}

int owned_check_fixed(struct nl *nl, const struct owned_table *table, enum owned_state *ret)
{
	int r = 1;

	for (size_t i = 0; r > 0 && i < table->fixed_rule_count; i++)
		r = has_rule(nl, table, table->fixed_rule(i));
	*ret = r == 0 ? OWNED_NO_RULE : OWNED_WELL;
	return r < 0 ? r : 0;
}

int owned_check(struct nl *nl, const struct owned_table *table, const char *owner,
		const struct owned_entry *entry, enum owned_state *ret)
{
	cleanup_shares struct owned_shares shares = { 0 };
	int r = check_objects(nl, table, owner, entry, ret);

	if (r < 0 || *ret != OWNED_WELL)
		return r;
	for (size_t i = 0; i < table->rule_count; i++) {
		r = has_rule(nl, table, table->rule(entry, i));
		if (r < 0)
			return r;
		if (r == 0) {
			*ret = OWNED_NO_RULE;
			return 0;
		}
	}
	(void)owned_shares_of(&shares, owner); /* the only one */
	r = owned_shares_read(nl, table, &shares);
	if (r == 0 && !owned_entries_contain(&shares.items[0].before, entry))
		*ret = OWNED_NO_INDEX;
	return r;
}
