/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which of the chains that forwarded packets pass can drop them, and what helps. */
#include "others.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "base/warn.h"
#include "forward_look.h"
#include "nft/chains.h"

enum { MAX_CHAINS = 16 };

#define OUR_TABLE "cni_firewall"
#define FIREWALLD "firewalld"

/* A chain that drops, or firewalld's, which rejects by its last rule. */
struct found {
	struct {
		uint8_t family;
		char table[NFT_NAME], chain[NFT_NAME];
	} chains[MAX_CHAINS];
	size_t count;
	bool has_firewalld;
	bool has_zone; /* the containers, in firewalld */
};

static bool is_helped(const struct nft_chain_view *chain, bool has_zone)
{
	return text_equal(chain->table, OUR_TABLE) ||
	       (!has_zone && chain->family != NFPROTO_INET && text_equal(chain->table, "filter") &&
		text_equal(chain->name, FORWARD_ALL));
}

static int take_chain(const struct nft_chain_view *chain, void *data)
{
	struct found *found = data;
	const bool is_ip = chain->family == NFPROTO_INET || chain->family == NFPROTO_IPV4 ||
			   chain->family == NFPROTO_IPV6;

	if (!is_ip || !chain->is_base || chain->hook != NF_INET_FORWARD ||
	    is_helped(chain, found->has_zone))
		return 0;
	if (text_equal(chain->table, FIREWALLD)) {
		found->has_firewalld = true;
		return 0;
	}
	if (!chain->drops || found->count == MAX_CHAINS || strlen(chain->table) >= NFT_NAME ||
	    strlen(chain->name) >= NFT_NAME)
		return 0;
	found->chains[found->count].family = chain->family;
	(void)snprintf(found->chains[found->count].table, NFT_NAME, "%s", chain->table); /* fits */
	(void)snprintf(found->chains[found->count].chain, NFT_NAME, "%s", chain->name);	 /* fits */
	found->count++;
	return 0;
}

/* What nft and a shell read as one word. */
static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-.";

	return *name != '-' && strspn(name, plain) == strlen(name);
}

static void tell_chain(struct netlink *nft, uint8_t family, const char *table_name,
		       const char *chain, const char *bridge)
{
	const char *name = family == NFPROTO_INET ? "inet" : family == NFPROTO_IPV6 ? "ip6" : "ip";
	const struct nft_table table = { family, table_name };

	if (!is_plain(table_name) || !is_plain(chain))
		return;
	if (*bridge && nft_chain_mentions(nft, &table, chain, FORWARD_OURS, bridge) != 0)
		return;
	cni_warn("chain %s of table %s %s drops by default, and an accept in another table does "
		 "not change that; if it does not accept the containers yet: nft insert rule %s "
		 "%s %s iifname '\"%s\"' accept; nft insert rule %s %s %s oifname '\"%s\"' ct "
		 "state established,related accept",
		 chain, name, table_name, name, table_name, chain, *bridge ? bridge : "BRIDGE",
		 name, table_name, chain, *bridge ? bridge : "BRIDGE");
}

/* Zones by interface are rules that compare its name. */
static void tell_firewalld(struct netlink *nft, const char *bridge)
{
	static const char *const zones[] = { "filter_FORWARD_IN_ZONES", "filter_FORWARD_POLICIES",
					     "filter_FORWARD_POLICIES_post" };
	const struct nft_table table = { NFPROTO_INET, FIREWALLD };

	for (size_t i = 0; *bridge && i < array_size(zones); i++) {
		if (nft_chain_mentions(nft, &table, zones[i], FORWARD_OURS, bridge) != 0)
			return;
	}
	cni_warn("firewalld rejects what it does not forward itself; if the containers have no "
		 "zone yet: firewall-cmd --permanent --zone=trusted --add-interface=%s; "
		 "firewall-cmd --reload",
		 *bridge ? bridge : "BRIDGE");
}

/* The kernel lists the tables of iptables-legacy that somebody has used in this namespace. */
static bool has_legacy(const char *path)
{
	cleanup_text struct text names = { 0 };

	if (file_read_at(AT_FDCWD, path, &names) < 0 || !names.s)
		return false;
	return text_starts_with(names.s, "filter\n") || strstr(names.s, "\nfilter\n");
}

static void tell_legacy(const char *path, const char *command, const char *bridge)
{
	if (has_legacy(path))
		cni_warn("%s has a table filter here; if its chain FORWARD drops: %s -I FORWARD "
			 "-i %s -j ACCEPT; %s -I FORWARD -o %s -m conntrack --ctstate "
			 "RELATED,ESTABLISHED -j ACCEPT",
			 command, command, *bridge ? bridge : "BRIDGE", command,
			 *bridge ? bridge : "BRIDGE");
}

void others_tell(struct netlink *nft, const char *bridge, bool has_zone)
{
	struct found found = { .has_zone = has_zone };
	const char *name = is_plain(bridge) ? bridge : "";

	if (nft_each_chain(nft, take_chain, &found) < 0)
		found = (struct found){ 0 };
	for (size_t i = 0; i < found.count; i++)
		tell_chain(nft, found.chains[i].family, found.chains[i].table,
			   found.chains[i].chain, name);
	if (found.has_firewalld && !has_zone)
		tell_firewalld(nft, name);
	tell_legacy("/proc/net/ip_tables_names", "iptables-legacy", name);
	tell_legacy("/proc/net/ip6_tables_names", "ip6tables-legacy", name);
}
