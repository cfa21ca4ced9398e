/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what must be there for the entries of an owned table to have their effect. */
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "base/text.h"
#include "nft/ask.h"
#include "nft/owned_lookup.h"
#include "nft/owned_share.h"
#include "nft/rules.h"

/* What is asked for. */
struct inspection {
	struct nl *nl;
	const struct owned_table *table;
	const char *owner;
	const struct owned_entry *entries;
	size_t count;
	struct nft_rules rules[OWNED_CHAINS]; /* of each chain, once it was asked for */
	bool has_rules[OWNED_CHAINS];
};

static void inspection_release(struct inspection *in)
{
	for (size_t i = 0; i < in->table->chain_count; i++)
		nft_rules_release(&in->rules[i]);
}

static void free_rule(struct nftnl_rule **rule)
{
	if (*rule)
		nftnl_rule_free(*rule);
}

/* The rules of a chain of the table; NULL with *ret_error 0 when it is none of them. */
static const struct nft_rules *rules_of_chain(struct inspection *in, const char *chain,
					      int *ret_error)
{
	*ret_error = 0;
	for (size_t i = 0; i < in->table->chain_count; i++) {
		if (!text_equal(in->table->chains[i].name, chain))
			continue;
		if (!in->has_rules[i])
			*ret_error = nft_list_rules(in->nl, &in->table->table, chain,
						    &in->rules[i]);
		in->has_rules[i] = *ret_error == 0;
		return in->has_rules[i] ? &in->rules[i] : NULL;
	}
	return NULL;
}

/* 1 when the rule stands in its chain or is none, 0 when not, or -errno. */
static int has_rule(struct inspection *in, struct nftnl_rule *expected)
{
	cleanup_with(free_rule) struct nftnl_rule *rule = expected;
	cleanup_with(nft_buffer_release) struct nft_buffer buffer = { 0 };
	const struct nft_rules *rules;
	struct nlmsghdr *message;
	int r;

	if (!rule)
		return 1;
	message = nft_buffer_open(&buffer, NFT_MSG_NEWRULE, in->table->table.family, 0);
	nftnl_rule_nlmsg_build_payload(message, rule);
	rules = rules_of_chain(in, nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN), &r);
	for (size_t i = 0; rules && i < rules->count; i++) {
		if (nft_rule_is_alike(rules->items[i], message))
			return 1;
	}
	return r;
}

static bool has_element(const struct owned_table *table, const struct owned_entry *entry)
{
	return table->element(entry, 0).set[0];
}

static bool is_kept(const struct inspection *in, size_t entry, const struct nft_holder *holders)
{
	for (size_t i = 0; i < in->table->set_count; i++) {
		if (!has_element(in->table, &in->entries[entry]))
			return true;
		if (!holders[i].exists || !text_equal(holders[i].comment, in->owner))
			return false;
	}
	return true;
}

/* The first thing that is missing among those that can be asked for in one go. */
static int check_objects(const struct inspection *in, struct owned_finding *ret)
{
	const struct owned_table *table = in->table;
	cleanup_free struct nft_holder *holders = xcalloc(in->count * table->set_count + 1,
							  sizeof(*holders));
	cleanup_nft_ask struct nft_ask ask = { 0 };
	bool chains[OWNED_CHAINS];
	bool has_table;
	int r;

	nft_ask_table(&ask, &table->table, &has_table);
	for (size_t i = 0; i < table->chain_count; i++)
		nft_ask_chain(&ask, &table->table, table->chains[i].name, &chains[i]);
	for (size_t i = 0; i < in->count * table->set_count; i++) {
		struct nft_element element = table->element(&in->entries[i / table->set_count],
							    i % table->set_count);

		if (element.set[0])
			nft_ask_element(&ask, &table->table, &element, &holders[i]);
	}
	r = nft_ask_run(in->nl, &ask);
	if (r < 0)
		return r;
	if (!has_table)
		*ret = (struct owned_finding){ OWNED_NO_TABLE, 0 };
	for (size_t i = 0; ret->state == OWNED_WELL && i < table->chain_count; i++) {
		if (!chains[i])
			*ret = (struct owned_finding){ OWNED_NO_CHAIN, 0 };
	}
	for (size_t i = 0; ret->state == OWNED_WELL && i < in->count; i++) {
		if (!is_kept(in, i, &holders[i * table->set_count]))
			*ret = (struct owned_finding){ OWNED_NO_ELEMENT, i };
	}
	return 0;
}

/* What the sets of an entry are called; entries with the same sets need the same rules. */
struct set_names {
	char text[OWNED_SETS][NFT_NAME];
};

/* The sets of however many entries are few. */
struct seen {
	struct set_names *items;
	size_t count;
};

static void seen_release(struct seen *seen)
{
	free(seen->items);
}

/* False the first time. */
static bool was_seen(struct seen *seen, const struct owned_table *table,
		     const struct owned_entry *entry)
{
	struct set_names names = { 0 };

	for (size_t i = 0; i < table->set_count; i++) {
		struct nft_set set = table->set(entry, i);

		memcpy(names.text[i], set.name, sizeof(names.text[i]));
	}
	for (size_t i = 0; i < seen->count; i++) {
		if (memcmp(&seen->items[i], &names, sizeof(names)) == 0)
			return true;
	}
	seen->items = xgrow(seen->items, seen->count, sizeof(names));
	seen->items[seen->count++] = names;
	return false;
}

static int check_rules_of(struct inspection *in, size_t entry, struct owned_finding *ret)
{
	int r = 1;

	for (size_t i = 0; r > 0 && i < in->table->rule_count; i++)
		r = has_rule(in, in->table->rule(&in->entries[entry], i));
	if (r == 0)
		*ret = (struct owned_finding){ OWNED_NO_RULE, entry };
	return r < 0 ? r : 0;
}

static int check_rules(struct inspection *in, struct owned_finding *ret)
{
	cleanup_with(seen_release) struct seen seen = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && ret->state == OWNED_WELL && i < in->count; i++) {
		if (has_element(in->table, &in->entries[i]) &&
		    !was_seen(&seen, in->table, &in->entries[i]))
			r = check_rules_of(in, i, ret);
		if (r == 0)
			r = signals_in_turn(i);
	}
	return r;
}

static int check_index(const struct inspection *in, struct owned_finding *ret)
{
	cleanup_shares struct owned_shares shares = { 0 };
	cleanup_lookup struct owned_lookup kept = { 0 };
	int r;

	(void)owned_shares_of(&shares, in->owner); /* the only one */
	r = owned_shares_read(in->nl, in->table, &shares);
	if (r < 0)
		return r;
	kept = owned_lookup_of(&shares.items[0].before);
	for (size_t i = 0; ret->state == OWNED_WELL && i < in->count; i++) {
		if (!owned_lookup_has(&kept, &in->entries[i]))
			*ret = (struct owned_finding){ OWNED_NO_INDEX, i };
	}
	return 0;
}

static int check_fixed_rules(struct inspection *in, struct owned_finding *ret)
{
	int r = 1;

	for (size_t i = 0; r > 0 && i < in->table->fixed_rule_count; i++)
		r = has_rule(in, in->table->fixed_rule(i));
	if (r == 0)
		*ret = (struct owned_finding){ OWNED_NO_RULE, OWNED_ALL };
	return r < 0 ? r : 0;
}

int owned_check(struct nl *nl, const struct owned_table *table, const char *owner,
		const struct owned_entry *entries, size_t count, struct owned_finding *ret)
{
	cleanup_with(inspection_release) struct inspection in = {
		.nl = nl, .table = table, .owner = owner, .entries = entries, .count = count
	};
	int r;

	*ret = (struct owned_finding){ .state = OWNED_WELL };
	r = check_objects(&in, ret);
	if (r == 0 && ret->state == OWNED_WELL)
		r = check_rules(&in, ret);
	if (r == 0 && ret->state == OWNED_WELL)
		r = check_index(&in, ret);
	if (r == 0 && ret->state == OWNED_WELL)
		r = check_fixed_rules(&in, ret);
	return r;
}
