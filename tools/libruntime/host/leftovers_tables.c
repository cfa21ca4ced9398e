/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the nftables tables of the Go plugins, and what their rules' comments say. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "host/leftovers_share.h"
#include "nft/rule_list.h"

enum { RULE_CHAINS = 3 };

/* Tables of theirs, where a comment tells the owner of a rule. */
static const struct commented {
	struct nft_table table;
	const char *chains[RULE_CHAINS];
	enum reference_name name;
	bool is_beginning; /* … of the comment */
} commented_tables[LEFTOVER_TABLES] = {
	{ { NFPROTO_INET, "cni_plugins_masquerade" }, { "masq_checks" }, MASQUERADE_COMMENT, true },
	{ { NFPROTO_IPV4, "cni_hostport" },
	  { "hostports", "hostip_hostports", "masquerading" },
	  CONTAINER_ID,
	  false },
	{ { NFPROTO_IPV6, "cni_hostport" },
	  { "hostports", "hostip_hostports", "masquerading" },
	  CONTAINER_ID,
	  false },
};

static bool knows_comment(const struct survey *survey, const struct commented *commented,
			  const char *comment)
{
	for (size_t i = 0; i < survey->known_count; i++) {
		const char *name = survey->known[i].text[commented->name];

		if (commented->is_beginning ? *name && text_starts_with(comment, name)
					    : text_equal(comment, name))
			return true;
	}
	return false;
}

/* A rule with a comment that nobody knows. */
struct remark {
	char comment[NFT_COMMENT];
	size_t order, first; /* of this rule, and of the first with the comment */
	const char *chain;
	uint64_t handle;
};

struct remarks {
	struct remark *items;
	size_t count;
};

static void remarks_release(struct remarks *remarks)
{
	free(remarks->items);
}

static int compare_by_comment(const void *a, const void *b)
{
	const struct remark *left = a, *right = b;

	return strcmp(left->comment, right->comment)
		       ?: (left->order > right->order) - (left->order < right->order);
}

/* Comments in the order of their first rules, and the rules of each together. */
static int compare_by_first(const void *a, const void *b)
{
	const struct remark *left = a, *right = b;

	return ((left->first > right->first) - (left->first < right->first))
		       ?: (left->order > right->order) - (left->order < right->order);
}

static void sort_remarks(struct remarks *remarks)
{
	if (remarks->count == 0)
		return;
	qsort(remarks->items, remarks->count, sizeof(*remarks->items), compare_by_comment);
	for (size_t i = 0; i < remarks->count; i++)
		remarks->items[i].first = i > 0 && text_equal(remarks->items[i].comment,
							      remarks->items[i - 1].comment)
						  ? remarks->items[i - 1].first
						  : remarks->items[i].order;
	qsort(remarks->items, remarks->count, sizeof(*remarks->items), compare_by_first);
}

static void take_remarks(const struct survey *survey, const struct commented *commented,
			 const struct nft_rules rules[RULE_CHAINS], struct remarks *remarks)
{
	struct remark remark = { 0 };

	for (size_t i = 0; i < RULE_CHAINS; i++) {
		for (size_t j = 0; j < rules[i].count; j++) {
			nft_rule_comment(rules[i].items[j], remark.comment);
			if (!*remark.comment || knows_comment(survey, commented, remark.comment))
				continue;
			remark.order = remarks->count;
			remark.chain = commented->chains[i];
			remark.handle = nft_rule_handle(rules[i].items[j]);
			remarks->items = xgrow(remarks->items, remarks->count, sizeof(remark));
			remarks->items[remarks->count++] = remark;
		}
	}
}

/* All rules with one comment. */
static void report_comment(const struct survey *survey, const struct commented *commented,
			   const struct remark *remarks, size_t count)
{
	const char *family = nft_family(commented->table.family);
	cleanup_text struct text words = { 0 };
	cleanup_free char *what = xasprintf(
		"rules with the comment \"%s\" in table %s %s belong to no attachment that is known",
		remarks->comment, family, commented->table.name);

	for (size_t i = 0; i < count; i++)
		text_addf(&words, "delete rule %s %s %s handle %" PRIu64 "; ", family,
			  commented->table.name, remarks[i].chain, remarks[i].handle);
	leftovers_report(survey, what, &words);
}

static void survey_comments(const struct survey *survey, const struct commented *commented,
			    const struct nft_rules rules[RULE_CHAINS])
{
	cleanup_with(remarks_release) struct remarks remarks = { 0 };
	size_t end;

	take_remarks(survey, commented, rules, &remarks);
	sort_remarks(&remarks);
	for (size_t first = 0; first < remarks.count; first = end) {
		for (end = first + 1;
		     end < remarks.count && remarks.items[end].first == remarks.items[first].first;)
			end++;
		report_comment(survey, commented, &remarks.items[first], end - first);
	}
}

static bool has_known(const struct survey *survey, const struct commented *commented,
		      const struct nft_rules rules[RULE_CHAINS])
{
	char comment[NFT_COMMENT];

	for (size_t i = 0; i < RULE_CHAINS; i++) {
		for (size_t j = 0; j < rules[i].count; j++) {
			nft_rule_comment(rules[i].items[j], comment);
			if (knows_comment(survey, commented, comment))
				return true;
		}
	}
	return false;
}

static void report_table(const struct survey *survey, const struct commented *commented)
{
	const char *family = nft_family(commented->table.family);
	cleanup_free char *what = xasprintf("table %s %s serves no attachment that is known",
					    family, commented->table.name);
	cleanup_text struct text words = { 0 };

	text_addf(&words, "delete table %s %s; ", family, commented->table.name);
	leftovers_report(survey, what, &words);
}

static int survey_table(const struct survey *survey, const struct commented *commented)
{
	struct nft_rules rules[RULE_CHAINS] = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < RULE_CHAINS; i++)
		if (commented->chains[i])
			r = nft_list_rules(survey->nl, &commented->table, commented->chains[i],
					   &rules[i]);
	if (r == 0 && has_known(survey, commented, rules))
		survey_comments(survey, commented, rules);
	else if (r == 0)
		report_table(survey, commented);
	for (size_t i = 0; i < RULE_CHAINS; i++)
		nft_rules_release(&rules[i]);
	return r;
}

void leftovers_note_table(struct survey *survey, const struct nft_chain_view *chain)
{
	for (size_t i = 0; i < LEFTOVER_TABLES; i++)
		if (chain->family == commented_tables[i].table.family &&
		    text_equal(chain->table, commented_tables[i].table.name))
			survey->has_table[i] = true;
}

int leftovers_of_tables(const struct survey *survey)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < LEFTOVER_TABLES; i++)
		if (survey->has_table[i])
			r = survey_table(survey, &commented_tables[i]);
	return r;
}
