/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how the chains of the Go plugins look whatever attachment they are of, and how they are
 * removed with the nft tool.
 */
#include "host/leftovers.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "host/leftovers_share.h"

#define SPOOF_CHAIN "cni-br-iface-"
#define SHARED_CHAIN "CNI-HOSTPORT-"
#define ISOLATION_CHAIN "CNI-ISOLATION-STAGE-"
#define SECOND_ISOLATION "CNI-ISOLATION-STAGE-2"

/* Chains that are named after an attachment: a prefix and digits of a hash. */
static const struct hashed {
	const char *prefix;
	size_t digits;
	enum reference_name name;
} hashed_chains[] = {
	{ "CNI-DN-", 21, DNAT_CHAIN },
	{ "CNI-SN-", 21, SNAT_CHAIN },
	{ "CNI-", 24, MASQUERADE_CHAIN },
};

static void survey_release(struct survey *survey)
{
	for (size_t i = 0; i < survey->chain_count; i++)
		free(survey->chains[i].name);
	free(survey->chains);
	free(survey->known);
}

/* ---- what there is */

static const struct hashed *find_hashed(const char *name)
{
	for (size_t i = 0; i < array_size(hashed_chains); i++) {
		const struct hashed *hashed = &hashed_chains[i];
		size_t size = strlen(hashed->prefix);

		if (text_starts_with(name, hashed->prefix) &&
		    strlen(name) == size + hashed->digits &&
		    strspn(name + size, "0123456789abcdef") == hashed->digits)
			return hashed;
	}
	return NULL;
}

static const struct leftover_chain *find_chain(const struct survey *survey, uint8_t family,
					       const char *name)
{
	for (size_t i = 0; i < survey->chain_count; i++)
		if (survey->chains[i].table.family == family &&
		    text_equal(survey->chains[i].name, name))
			return &survey->chains[i];
	return NULL;
}

static bool is_theirs(const struct nft_chain_view *chain)
{
	if (!nft_name_is_plain(chain->name))
		return false;
	if (text_equal(chain->table, "filter"))
		return (chain->family == NFPROTO_IPV4 || chain->family == NFPROTO_IPV6) &&
		       text_starts_with(chain->name, ISOLATION_CHAIN);
	if (!text_equal(chain->table, "nat"))
		return false;
	if (chain->family == NFPROTO_BRIDGE)
		return text_starts_with(chain->name, SPOOF_CHAIN);
	return (chain->family == NFPROTO_IPV4 || chain->family == NFPROTO_IPV6) &&
	       (find_hashed(chain->name) || text_starts_with(chain->name, SHARED_CHAIN));
}

static int take_chain(const struct nft_chain_view *chain, void *data)
{
	struct survey *survey = data;

	leftovers_note_table(survey, chain);
	/* a list that was disturbed tells some of them twice */
	if (!is_theirs(chain) || find_chain(survey, chain->family, chain->name))
		return 0;
	survey->chains = xgrow(survey->chains, survey->chain_count, sizeof(*survey->chains));
	survey->chains[survey->chain_count++] = (struct leftover_chain){
		.table = { chain->family, text_equal(chain->table, "nat") ? "nat" : "filter" },
		.name = xstrdup(chain->name),
	};
	return 0;
}

static bool is_known(const struct survey *survey, enum reference_name name, const char *text)
{
	for (size_t i = 0; i < survey->known_count; i++)
		if (text_equal(survey->known[i].text[name], text))
			return true;
	return false;
}

/* ---- commands: words of nft, each with a semicolon behind it */

static int add_rules_to(const struct survey *survey, const struct leftover_chain *chain,
			struct text *out)
{
	const struct leftover_jump *jumps;
	size_t count;
	int r = leftovers_jumps_to(survey->nl, survey->jumps, chain, &jumps, &count);

	for (size_t i = 0; r == 0 && i < count; i++)
		text_addf(out, "delete rule %s %s %s handle %" PRIu64 "; ",
			  nft_family(chain->table.family), chain->table.name, jumps[i].parent,
			  jumps[i].handle);
	return r;
}

static void add_for_chain(const char *verb, const struct leftover_chain *chain, struct text *out)
{
	text_addf(out, "%s chain %s %s %s; ", verb, nft_family(chain->table.family),
		  chain->table.name, chain->name);
}

void leftovers_report(const struct survey *survey, const char *what, const struct text *words)
{
	cleanup_free char *command = xasprintf("nft '%.*s'", (int)words->len - 2, words->s);

	survey->fn(what, command, survey->data);
}

/* The chains, which belong together, with all that leads to them. */
static int report_chains(const struct survey *survey, const struct leftover_chain *const *chains,
			 size_t count, const char *what)
{
	static const char *const verbs[] = { "flush", "delete" };
	cleanup_text struct text words = { 0 };

	for (size_t i = 0; i < count; i++) {
		int r = add_rules_to(survey, chains[i], &words);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < array_size(verbs); i++)
		for (size_t j = 0; j < count; j++)
			add_for_chain(verbs[i], chains[j], &words);
	leftovers_report(survey, what, &words);
	return 0;
}

/* ---- what is nobody's */

static int survey_chain(const struct survey *survey, const struct leftover_chain *chain)
{
	const struct hashed *hashed = find_hashed(chain->name);
	cleanup_free char *mac = xasprintf("%s-mac", chain->name);
	cleanup_free char *what = NULL;
	const struct leftover_chain *chains[] = { chain,
						  find_chain(survey, chain->table.family, mac) };

	if (hashed ? is_known(survey, hashed->name, chain->name)
		   : chain->table.family != NFPROTO_BRIDGE ||
			     is_known(survey, MACSPOOF_CHAIN, chain->name) ||
			     is_known(survey, MACSPOOF_MAC_CHAIN, chain->name))
		return 0;
	/* cni-br-iface-c1-eth0-mac is dealt with together with the one that leads to it */
	if (!hashed && strlen(chain->name) > strlen("-mac") &&
	    text_equal(chain->name + strlen(chain->name) - strlen("-mac"), "-mac")) {
		mac[strlen(chain->name) - strlen("-mac")] = '\0';
		if (find_chain(survey, chain->table.family, mac))
			return 0;
	}
	what = xasprintf("chain %s of table %s %s belongs to no attachment that is known",
			 chain->name, nft_family(chain->table.family), chain->table.name);
	return report_chains(survey, chains, chains[1] ? 2 : 1, what);
}

/* The chains that all published ports share, when nobody publishes any. */
static int survey_shared(const struct survey *survey, uint8_t family)
{
	cleanup_free const struct leftover_chain **shared = xcalloc(survey->chain_count + 1,
								    sizeof(*shared));
	cleanup_free char *what = NULL;
	size_t count = 0;

	for (size_t i = 0; i < survey->chain_count; i++) {
		const struct leftover_chain *chain = &survey->chains[i];

		if (chain->table.family != family)
			continue;
		if (is_known(survey, DNAT_CHAIN, chain->name) ||
		    is_known(survey, SNAT_CHAIN, chain->name))
			return 0;
		if (text_starts_with(chain->name, SHARED_CHAIN))
			shared[count++] = chain;
	}
	if (count == 0)
		return 0;
	what = xasprintf("chains CNI-HOSTPORT-… of table %s nat publish no port",
			 nft_family(family));
	return report_chains(survey, shared, count, what);
}

/* 1 when the chain has a rule about a bridge that is there, -errno. */
static int isolates(const struct survey *survey, const struct leftover_chain *chain)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < survey->bridge_count; i++)
		r = nft_chain_mentions(survey->nl, &chain->table, chain->name, "",
				       survey->bridges[i]);
	return r;
}

/* Two chains with rules for each bridge that had a container with ingressPolicy; they stay. */
static int survey_isolation(const struct survey *survey, uint8_t family)
{
	const struct leftover_chain *chains[] = {
		find_chain(survey, family, FIRST_ISOLATION),
		find_chain(survey, family, SECOND_ISOLATION),
	};
	cleanup_free char *what = NULL;

	for (size_t i = 0; i < array_size(chains); i++) {
		const int r = chains[i] ? isolates(survey, chains[i]) : 1;

		if (r)
			return r < 0 ? r : 0;
	}
	what = xasprintf(
		"chains CNI-ISOLATION-STAGE-… of table %s filter keep nobody from a bridge",
		nft_family(family));
	return report_chains(survey, chains, array_size(chains), what);
}

/* Chains first: those that all share can only go after them. */
static int survey_all(const struct survey *survey)
{
	static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < survey->chain_count; i++)
		r = survey_chain(survey, &survey->chains[i]);
	for (size_t i = 0; r == 0 && i < array_size(families); i++)
		r = survey_shared(survey, families[i]);
	for (size_t i = 0; r == 0 && i < array_size(families); i++)
		r = survey_isolation(survey, families[i]);
	return r < 0 ? r : leftovers_of_tables(survey);
}

int reference_leftovers(struct netlink *nft, const struct attachment *known, size_t known_count,
			const char *const *bridges, size_t bridge_count, leftover_fn *fn,
			void *data)
{
	cleanup_with(leftover_tables_release) struct leftover_tables jumps = { 0 };
	cleanup_with(survey_release) struct survey survey = {
		.nl = nft,
		.known = xcalloc(known_count + 1, sizeof(*survey.known)),
		.known_count = known_count,
		.bridges = bridges,
		.bridge_count = bridge_count,
		.jumps = &jumps,
		.fn = fn,
		.data = data,
	};
	int r;

	for (size_t i = 0; i < known_count; i++)
		reference_names_of(&known[i], &survey.known[i]);
	r = nft_each_chain(nft, take_chain, &survey);
	return r < 0 ? r : survey_all(&survey);
}
