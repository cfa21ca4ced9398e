/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how the frame of an owned table is asked for and restored. Rules are compared by their
 * outline, of which there must be as many as there should be. The rules that belong together, those
 * that a chain has in any case and those for the sets of an entry, are written anew together when
 * one of them is missing, so that their order is right: the former before all others of their
 * chain, the latter behind them.
 */
#include "nft/owned_frame.h"

#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/answer.h"

static void group_release(struct owned_group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		if (group->rules[i])
			nftnl_rule_free(group->rules[i]);
		free(group->outlines[i]);
	}
	free(group->rules);
	free(group->outlines);
	free(group->present);
}

#define cleanup_group cleanup_with(group_release)

static int take_table(const struct nlmsghdr *answer, void *place)
{
	struct owned_table_state *table = place;

	table->exists = true;
	table->flags = nft_number(nft_answer_find(answer, NFTA_TABLE_FLAGS));
	return 0;
}

static int take_chain(const struct nlmsghdr *answer, void *place)
{
	struct owned_chain_state *chain = place;
	const struct nlattr *hook = nft_answer_find(answer, NFTA_CHAIN_HOOK);
	const char *type = nft_text(nft_answer_find(answer, NFTA_CHAIN_TYPE));

	chain->exists = true;
	chain->is_base = hook;
	chain->hook = nft_number(nft_find(hook, NFTA_HOOK_HOOKNUM));
	chain->priority = (int)nft_number(nft_find(hook, NFTA_HOOK_PRIORITY));
	chain->drops = hook && nft_answer_find(answer, NFTA_CHAIN_POLICY) &&
		       nft_number(nft_answer_find(answer, NFTA_CHAIN_POLICY)) == NF_DROP;
	(void)snprintf(chain->type, sizeof(chain->type), "%s", type ? type : ""); /* ours fit */
	return 0;
}

void owned_frame_ask(struct owned_frame *frame, const struct owned_table *table,
		     struct nft_ask *ask)
{
	owned_frame_release(frame);
	frame->of = table;
	nft_ask_any(ask, NFT_MSG_GETTABLE, 0, &table->table, NULL, take_table, &frame->table);
	nft_ask_rules(ask, &table->table, &frame->rules);
	nft_ask_set(ask, &table->table, table->index.name, &frame->index);
	if (table->more)
		nft_ask_set(ask, &table->table, table->more, &frame->more);
	for (size_t i = 0; i < table->chain_count; i++) {
		if (table->chains[i].type)
			nft_ask_any(ask, NFT_MSG_GETCHAIN, 0, &table->table, table->chains[i].name,
				    take_chain, &frame->chains[i]);
	}
}

static bool is_taken(const struct owned_group *group, const struct owned_rule *rule)
{
	for (size_t i = 0; i < group->count; i++) {
		if (group->present[i] == rule)
			return true;
	}
	return false;
}

static const struct owned_rule *find_rule(const struct owned_frame *frame,
					  const struct owned_group *group, const char *chain,
					  const char *outline)
{
	for (size_t i = 0; i < frame->rules.count; i++) {
		const struct owned_rule *rule = &frame->outlined[i];
		const char *its_chain = nft_rule_chain(rule->rule);

		if (its_chain && text_equal(its_chain, chain) &&
		    text_equal(rule->outline, outline) && !is_taken(group, rule))
			return rule;
	}
	return NULL;
}

/* Adds a rule, which the group owns, to those that should be there; NULL: none. */
static void expect(struct owned_group *group, const struct owned_frame *frame,
		   struct nftnl_rule *rule)
{
	cleanup_with(nft_buffer_release) struct nft_buffer buffer = { 0 };
	struct nlmsghdr *message;
	size_t i = group->count;

	if (!rule)
		return;
	message = nft_buffer_open(&buffer, NFT_MSG_NEWRULE, frame->of->table.family, 0);
	nftnl_rule_nlmsg_build_payload(message, rule);
	group->rules = xgrow(group->rules, i, sizeof(struct nftnl_rule *));
	group->outlines = xgrow(group->outlines, i, sizeof(char *));
	group->present = xgrow(group->present, i, sizeof(struct owned_rule *));
	group->rules[i] = rule;
	group->outlines[i] = nft_rule_outline(message);
	group->present[i] = find_rule(frame, group, nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN),
				      group->outlines[i]);
	group->missing += !group->present[i];
	group->count++;
}

static void expect_fixed(struct owned_frame *frame, struct nftnl_rule *rule)
{
	const char *chain = nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN);

	for (size_t i = 0; i < frame->of->chain_count; i++) {
		if (text_equal(frame->of->chains[i].name, chain)) {
			expect(&frame->fixed[i], frame, rule);
			return;
		}
	}
	nftnl_rule_free(rule);
}

void owned_frame_read(struct owned_frame *frame)
{
	frame->outlined = xcalloc(frame->rules.count + 1, sizeof(*frame->outlined));
	for (size_t i = 0; i < frame->rules.count; i++)
		frame->outlined[i] = (struct owned_rule){
			.rule = frame->rules.items[i],
			.outline = nft_rule_outline(frame->rules.items[i]),
		};
	for (size_t i = 0; i < frame->of->fixed_rule_count; i++)
		expect_fixed(frame, frame->of->fixed_rule(i));
}

void owned_frame_release(struct owned_frame *frame)
{
	for (size_t i = 0; i < OWNED_CHAINS; i++)
		group_release(&frame->fixed[i]);
	for (size_t i = 0; frame->outlined && i < frame->rules.count; i++)
		free(frame->outlined[i].outline);
	free(frame->outlined);
	nft_rules_release(&frame->rules);
	*frame = (struct owned_frame){ 0 };
}

static struct owned_group rules_of(const struct owned_frame *frame, const struct owned_entry *entry)
{
	struct owned_group group = { 0 };

	for (size_t i = 0; i < frame->of->rule_count; i++)
		expect(&group, frame, frame->of->rule(entry, i));
	return group;
}

static void delete_present(const struct owned_frame *frame, const struct owned_group *group,
			   struct nft_batch *batch)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct owned_rule *rule = group->present[i];

		if (rule)
			nft_delete_rule(batch, &frame->of->table, nft_rule_chain(rule->rule),
					nft_rule_handle(rule->rule));
	}
}

bool owned_frame_has_rules(const struct owned_frame *frame, const struct owned_entry *entry)
{
	cleanup_group struct owned_group group = rules_of(frame, entry);

	return group.missing == 0;
}

/* A base chain is known; any other may have been deleted with its rules. */
static bool lacks_chain(const struct owned_frame *frame, size_t i)
{
	return frame->of->chains[i].type && (!frame->chains[i].exists || frame->chains[i].drops);
}

static bool is_whole(const struct owned_frame *frame)
{
	for (size_t i = 0; i < frame->of->chain_count; i++) {
		if (lacks_chain(frame, i) || frame->fixed[i].missing > 0)
			return false;
	}
	return frame->table.exists;
}

const char *owned_frame_missing(const struct owned_frame *frame)
{
	const struct owned_table *table = frame->of;

	if (!frame->table.exists)
		return NULL;
	if (frame->table.flags & NFT_TABLE_F_DORMANT)
		return "it is dormant";
	if (!frame->index.exists || (table->more && !frame->more.exists))
		return "its map of owners is missing";
	for (size_t i = 0; i < table->chain_count; i++) {
		if (lacks_chain(frame, i))
			return frame->chains[i].exists ? "the policy of a chain is drop"
						       : "a chain is missing";
		if (frame->fixed[i].missing > 0)
			return "rules are missing";
	}
	return NULL;
}

static void write_index(const struct owned_frame *frame, struct nft_batch *batch)
{
	const struct owned_table *table = frame->of;
	struct nft_set more = table->index;

	if (!frame->index.exists)
		nft_add_set(batch, &table->table, &table->index);
	if (!table->more || frame->more.exists)
		return;
	(void)snprintf(more.name, sizeof(more.name), "%s", table->more); /* it is shorter */
	nft_add_set(batch, &table->table, &more);
}

void owned_frame_write(struct owned_frame *frame, struct nft_batch *batch)
{
	const struct owned_table *table = frame->of;

	if (!frame->table.exists)
		nft_add_table(batch, &table->table);
	/* Chains that no rule leads to may have been deleted, too. */
	for (size_t i = 0; !is_whole(frame) && i < table->chain_count; i++)
		nft_ensure_chain(batch, &table->table, &table->chains[i]);
	write_index(frame, batch);
	for (size_t i = 0; i < table->chain_count; i++) {
		struct owned_group *fixed = &frame->fixed[i];

		if (fixed->missing == 0)
			continue;
		delete_present(frame, fixed, batch);
		for (size_t j = fixed->count; j-- > 0;) {
			nft_insert_rule(batch, fixed->rules[j]);
			fixed->rules[j] = NULL; /* taken */
		}
	}
}

void owned_frame_write_rules(const struct owned_frame *frame, const struct owned_entry *entry,
			     struct nft_batch *batch)
{
	cleanup_group struct owned_group group = rules_of(frame, entry);

	if (group.missing == 0)
		return;
	delete_present(frame, &group, batch);
	for (size_t i = 0; i < group.count; i++) {
		nft_add_rule(batch, group.rules[i]);
		group.rules[i] = NULL; /* taken */
	}
}

void owned_frame_finish(const struct owned_frame *frame, struct nft_batch *batch)
{
	if (frame->table.flags & NFT_TABLE_F_DORMANT)
		nft_wake_table(batch, &frame->of->table);
}
