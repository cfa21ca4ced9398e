/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows where the Go plugins put rules, and how those of one attachment are found.
 *
 * What is named after the attachment, a chain, is asked for first; where it does not exist
 * nothing can lead to it, and nothing else is read.
 */
#include "nft/reference.h"

#include <linux/netfilter.h>
#include <string.h>

#include "base/text.h"
#include "nft/ask.h"
#include "nft/change.h"
#include "nft/reference_names.h"
#include "nft/rule_list.h"

enum purpose { MASQUERADE = 1, MACSPOOF = 2, PORTS = 4 };

enum kind {
	RULES_STARTING, /* rules of a shared chain whose comment starts with the name */
	RULES_EQUAL,	/* … is the name */
	OWN_CHAIN,	/* a chain with the name, and the rules of a shared chain that lead to it */
};

static const struct place {
	enum purpose purpose;
	struct nft_table table;
	const char *chain; /* the shared one */
	enum kind kind;
	enum reference_name name;
} places[] = {
	{ MASQUERADE,
	  { NFPROTO_INET, "cni_plugins_masquerade" },
	  "masq_checks",
	  RULES_STARTING,
	  MASQUERADE_COMMENT },
	{ MASQUERADE, { NFPROTO_IPV4, "nat" }, "POSTROUTING", OWN_CHAIN, MASQUERADE_CHAIN },
	{ MASQUERADE, { NFPROTO_IPV6, "nat" }, "POSTROUTING", OWN_CHAIN, MASQUERADE_CHAIN },
	{ MACSPOOF, { NFPROTO_BRIDGE, "nat" }, "PREROUTING", OWN_CHAIN, MACSPOOF_CHAIN },
	{ MACSPOOF, { NFPROTO_BRIDGE, "nat" }, "PREROUTING", OWN_CHAIN, MACSPOOF_MAC_CHAIN },
	{ PORTS, { NFPROTO_IPV4, "cni_hostport" }, "hostports", RULES_EQUAL, CONTAINER_ID },
	{ PORTS, { NFPROTO_IPV4, "cni_hostport" }, "hostip_hostports", RULES_EQUAL, CONTAINER_ID },
	{ PORTS, { NFPROTO_IPV4, "cni_hostport" }, "masquerading", RULES_EQUAL, CONTAINER_ID },
	{ PORTS, { NFPROTO_IPV6, "cni_hostport" }, "hostports", RULES_EQUAL, CONTAINER_ID },
	{ PORTS, { NFPROTO_IPV6, "cni_hostport" }, "hostip_hostports", RULES_EQUAL, CONTAINER_ID },
	{ PORTS, { NFPROTO_IPV6, "cni_hostport" }, "masquerading", RULES_EQUAL, CONTAINER_ID },
	{ PORTS, { NFPROTO_IPV4, "nat" }, "CNI-HOSTPORT-DNAT", OWN_CHAIN, DNAT_CHAIN },
	{ PORTS, { NFPROTO_IPV6, "nat" }, "CNI-HOSTPORT-DNAT", OWN_CHAIN, DNAT_CHAIN },
	{ PORTS, { NFPROTO_IPV4, "nat" }, "CNI-HOSTPORT-SNAT", OWN_CHAIN, SNAT_CHAIN },
	{ PORTS, { NFPROTO_IPV6, "nat" }, "CNI-HOSTPORT-SNAT", OWN_CHAIN, SNAT_CHAIN },
};

/* A place that exists, and the name to look for there. */
struct find {
	const struct place *place;
	const char *name;
};

/* The places that exist; returns their number or -errno. */
static int find_places(struct netlink *nl, const struct nft_present *present,
		       const struct reference_names *names, enum purpose purpose,
		       struct find ret[array_size(places)])
{
	cleanup_nft_ask struct nft_ask ask = { 0 };
	bool exists[array_size(places)] = { 0 };
	int count = 0;
	int r;

	for (size_t i = 0; i < array_size(places); i++) {
		const struct place *place = &places[i];
		const char *name = names->text[place->name];

		if (place->purpose & purpose && name[0] && nft_present_has(present, &place->table))
			nft_ask_chain(&ask, &place->table,
				      place->kind == OWN_CHAIN ? name : place->chain, &exists[i]);
	}
	r = nft_ask_run(nl, &ask);
	if (r < 0)
		return r;
	for (size_t i = 0; i < array_size(places); i++) {
		if (exists[i])
			ret[count++] = (struct find){ &places[i], names->text[places[i].name] };
	}
	return count;
}

static bool rule_matches(const struct nlmsghdr *rule, const struct find *find)
{
	char comment[NFT_COMMENT];

	if (find->place->kind == OWN_CHAIN)
		return nft_rule_goes_to(rule, find->name);
	nft_rule_comment(rule, comment);
	if (find->place->kind == RULES_STARTING)
		return text_starts_with(comment, find->name);
	return text_equal(comment, find->name);
}

static int plan(struct netlink *nl, struct nft_batch *batch, void *data)
{
	const struct find *find = data;
	const struct place *place = find->place;
	cleanup_nft_rules struct nft_rules rules = { 0 };
	cleanup_nft_ask struct nft_ask ask = { 0 };
	bool has_chain = false;
	int r = nft_list_rules(nl, &place->table, place->chain, &rules);

	if (r == 0 && place->kind == OWN_CHAIN) {
		nft_ask_chain(&ask, &place->table, find->name, &has_chain);
		r = nft_ask_run(nl, &ask);
	}
	if (r < 0)
		return r;
	for (size_t i = 0; i < rules.count; i++) {
		if (rule_matches(rules.items[i], find))
			nft_delete_rule(batch, &place->table, place->chain,
					nft_rule_handle(rules.items[i]));
	}
	if (has_chain)
		nft_delete_chain(batch, &place->table, find->name);
	return 0;
}

/* Goes on after a failure and reports the first. */
static int delete_all(struct netlink *nl, const struct nft_present *present,
		      const struct attachment *attachment, enum purpose purpose,
		      struct cni_error *err)
{
	struct find finds[array_size(places)];
	struct reference_names names;
	int result = 0;
	int count;

	reference_names_of(attachment, &names);
	count = find_places(nl, present, &names, purpose, finds);
	if (count < 0)
		return nft_fail(nl, err, count, "cannot read nftables chains");
	for (int i = 0; i < count; i++) {
		const struct place *place = finds[i].place;
		int r = nft_change(nl, plan, &finds[i]);

		if (r == 0 || result < 0)
			continue;
		result = nft_fail(nl, err, r,
				  "cannot remove what an earlier plugin left as %s in table %s %s",
				  finds[i].name, nft_family(place->table.family),
				  place->table.name);
	}
	return result;
}

int reference_delete(struct netlink *nft, const struct nft_present *present,
		     const struct attachment *attachment, struct cni_error *err)
{
	return delete_all(nft, present, attachment, MASQUERADE | MACSPOOF, err);
}

int reference_delete_ports(struct netlink *nft, const struct nft_present *present,
			   const struct attachment *attachment, struct cni_error *err)
{
	return delete_all(nft, present, attachment, PORTS, err);
}

static int has_rule(struct netlink *nl, const struct attachment *attachment, enum purpose purpose,
		    bool *ret)
{
	struct find finds[array_size(places)];
	const struct nft_present any = { .is_unknown = true };
	struct reference_names names;
	bool found = false;
	int count;

	reference_names_of(attachment, &names);
	count = find_places(nl, &any, &names, purpose, finds);
	for (int i = 0; i < count && !found; i++) {
		const struct place *place = finds[i].place;
		cleanup_nft_rules struct nft_rules rules = { 0 };
		int r = nft_list_rules(nl, &place->table, place->chain, &rules);

		if (r < 0)
			return r;
		for (size_t j = 0; j < rules.count && !found; j++)
			found = rule_matches(rules.items[j], &finds[i]);
	}
	if (count >= 0)
		*ret = found;
	return count < 0 ? count : 0;
}

int reference_has_masquerade(struct netlink *nft, const struct attachment *attachment, bool *ret)
{
	return has_rule(nft, attachment, MASQUERADE, ret);
}

int reference_has_macspoof(struct netlink *nft, const struct attachment *attachment, bool *ret)
{
	return has_rule(nft, attachment, MACSPOOF, ret);
}

int reference_has_ports(struct netlink *nft, const struct attachment *attachment, bool *ret)
{
	return has_rule(nft, attachment, PORTS, ret);
}
