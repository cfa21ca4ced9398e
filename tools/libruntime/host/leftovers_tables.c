/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the nftables tables of the Go plugins, and what their rules' comments say. */
#include <inttypes.h>
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

/* All rules with this comment. */
static void report_comment(const struct survey *survey, const struct commented *commented,
			   const struct nft_rules rules[RULE_CHAINS], const char *comment)
{
	const char *family = nft_family(commented->table.family);
	cleanup_text struct text words = { 0 };
	cleanup_free char *what = xasprintf(
		"rules with the comment \"%s\" in table %s %s belong to no attachment that is known",
		comment, family, commented->table.name);
	char other[NFT_COMMENT];

	for (size_t i = 0; i < RULE_CHAINS; i++) {
		for (size_t j = 0; j < rules[i].count; j++) {
			nft_rule_comment(rules[i].items[j], other);
			if (text_equal(comment, other))
				text_addf(&words, "delete rule %s %s %s handle %" PRIu64 "; ",
					  family, commented->table.name, commented->chains[i],
					  nft_rule_handle(rules[i].items[j]));
		}
	}
	leftovers_report(survey, what, &words);
}

/* Comments in the order of their first rules; a comment is told once. */
static bool is_first(const struct nft_rules rules[RULE_CHAINS], size_t chain, size_t rule,
		     const char *comment)
{
	char other[NFT_COMMENT];

	for (size_t i = 0; i <= chain; i++) {
		for (size_t j = 0; j < rules[i].count && (i < chain || j < rule); j++) {
			nft_rule_comment(rules[i].items[j], other);
			if (text_equal(comment, other))
				return false;
		}
	}
	return true;
}

static void survey_comments(const struct survey *survey, const struct commented *commented,
			    const struct nft_rules rules[RULE_CHAINS])
{
	char comment[NFT_COMMENT];

	for (size_t i = 0; i < RULE_CHAINS; i++) {
		for (size_t j = 0; j < rules[i].count; j++) {
			nft_rule_comment(rules[i].items[j], comment);
			if (*comment && !knows_comment(survey, commented, comment) &&
			    is_first(rules, i, j, comment))
				report_comment(survey, commented, rules, comment);
		}
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
