/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows the table that stops spoofed MACs:
 *
 *	table bridge cni_macspoof {
 *		map owners { type ipv6_addr : ifname . ether_addr }
 *		set checked { type ifname }			"veth1f0c"
 *		set allowed { type ifname . ether_addr }	"veth1f0c" . 0a:58:0a:01:00:05
 *		chain prerouting {
 *			type filter hook prerouting priority -300; policy accept;
 *			iifname @checked ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop
 *			iifname @checked iifname . ether saddr != @allowed drop
 *		}
 *		chain input {
 *			type filter hook input priority -300; policy accept;
 *			iifname @checked ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop
 *		}
 *	}
 *
 * In these hooks the input interface is the port, not the bridge. What is sent to a reserved
 *address comes by prerouting only if the port forwards it (LINK_FORWARDS_RESERVED); otherwise the
 *bridge takes it, and its source, from the port: by input, but for 01:80:c2:00:00:00 with STP and
 * 01:80:c2:00:00:0e, which pass no hook at all.
 */
#include "nft/macspoof.h"

#include <linux/if.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <string.h>

#include "nft/change.h"
#include "nft/expr.h"

enum { CHECKED, ALLOWED };

enum { RULE_RESERVED, RULE_SOURCE, RULE_INPUT, RULES };

static const struct nft_base_chain chains[] = {
	{ .name = "prerouting",
	  .type = "filter",
	  .hook = NF_BR_PRE_ROUTING,
	  .priority = NF_BR_PRI_NAT_DST_BRIDGED },
	{ .name = "input",
	  .type = "filter",
	  .hook = NF_BR_LOCAL_IN,
	  .priority = NF_BR_PRI_NAT_DST_BRIDGED },
};

static const struct nft_set sets[] = {
	[CHECKED] = { .name = "checked", .key_type = NFT_TYPE_IFNAME, .key_size = IFNAMSIZ },
	[ALLOWED] = {
		.name = "allowed",
		.key_type = NFT_TYPE_PAIR(NFT_TYPE_IFNAME, NFT_TYPE_ETHER),
		.key_size = IFNAMSIZ + NLA_ALIGN(MAC_SIZE),
	},
};

/* The key in `allowed`; the name alone is its beginning. */
static struct owned_entry entry_of(const char *port, const uint8_t mac[MAC_SIZE])
{
	struct owned_entry entry = { 0 };

	(void)snprintf((char *)entry.bytes, IFNAMSIZ, "%s", port); /* link names fit */
	memcpy(entry.bytes + IFNAMSIZ, mac, MAC_SIZE);
	return entry;
}

static struct nft_set set_of(const struct owned_entry *entry, size_t i)
{
	(void)entry; /* all ports share them */
	return sets[i];
}

static struct nft_element element_of(const struct owned_entry *entry, size_t i)
{
	struct nft_element element = { .key_size = sets[i].key_size };

	memcpy(element.set, sets[i].name, sizeof(element.set));
	memcpy(element.key, entry->bytes, element.key_size);
	return element;
}

static const struct owned_table macspoof;

/* Of an entry: reserved destinations in either chain, then other sources than its own. */
static struct nftnl_rule *rule_of(const struct owned_entry *entry, size_t i)
{
	struct nftnl_rule *rule = nft_rule(&macspoof.table, chains[i == RULE_INPUT].name);

	(void)entry; /* all ports share them */
	/* iifname @checked */
	expr_load_meta(rule, NFT_META_IIFNAME, EXPR_A);
	expr_match_set(rule, EXPR_A, sets[CHECKED].name, false);
	if (i != RULE_SOURCE) {
		expr_match_reserved(rule);
	} else {
		/* iifname . ether saddr != @allowed */
		expr_load_meta(rule, NFT_META_IIFNAME, EXPR_A);
		expr_load_payload(rule, NFT_PAYLOAD_LL_HEADER,
				  offsetof(struct ether_header, ether_shost), MAC_SIZE, EXPR_B);
		expr_match_set(rule, EXPR_A, sets[ALLOWED].name, true);
	}
	expr_verdict(rule, NF_DROP);
	return rule;
}

static const struct owned_table macspoof = {
	.table = { NFPROTO_BRIDGE, "cni_macspoof" },
	.index = {
		.name = "owners",
		.key_type = NFT_TYPE_IPV6, .key_size = 16,
		.data_type = NFT_TYPE_PAIR(NFT_TYPE_IFNAME, NFT_TYPE_ETHER),
		.data_size = IFNAMSIZ + NLA_ALIGN(MAC_SIZE),
	},
	.chains = chains,
	.chain_count = array_size(chains),
	.set_count = array_size(sets),
	.rule_count = RULES,
	.set = set_of,
	.element = element_of,
	.rule = rule_of,
};

int macspoof_add(struct netlink *nft, const struct owner *owner, const char *port,
		 const uint8_t mac[MAC_SIZE], struct cni_error *err)
{
	struct owned_entry entry = entry_of(port, mac);
	int r = owned_set(nft, &macspoof, owner->text, &entry, 1);

	if (r == 0)
		return 0;
	return owned_fail(nft, &macspoof, &entry, 1, err, r, "cannot add the MAC check of port %s",
			  port);
}

int macspoof_delete(struct netlink *nft, const struct owner *owner, struct cni_error *err)
{
	const char *text = owner->text;
	int r = owned_delete(nft, &macspoof, &text, 1);

	if (r == 0)
		return 0;
	return nft_fail(nft, err, r, "cannot remove the MAC check of %s", text);
}

int macspoof_check(struct netlink *nft, const struct owner *owner, const char *port,
		   const uint8_t mac[MAC_SIZE], struct cni_error *err)
{
	static const char *const missing[] = {
		[OWNED_NO_TABLE] = "table bridge cni_macspoof is missing",
		[OWNED_NO_CHAIN] = "a chain of table bridge cni_macspoof is missing",
		[OWNED_NO_RULE] = "a rule of table bridge cni_macspoof is missing",
		[OWNED_NO_ELEMENT] = "the sets of table bridge cni_macspoof lack it",
		[OWNED_NO_INDEX] = "it is not in map owners of table bridge cni_macspoof",
	};
	struct owned_entry entry = entry_of(port, mac);
	struct owned_finding found;
	int r = owned_check(nft, &macspoof, owner->text, &entry, 1, &found);

	if (r < 0)
		return nft_fail(nft, err, r, "cannot read the MAC check of port %s", port);
	if (found.state == OWNED_WELL)
		return 0;
	r = cni_fail(err, CNI_ERR_CHECK, 0, "port %s has no MAC check: %s", port,
		     owned_words(&found, missing));
	cni_error_details(err, "another program has changed the nftables ruleset; attach the "
			       "container anew, which restores it");
	return r;
}

int macspoof_collect(struct netlink *nft, const char *network, owner_keep_fn *keep, void *data,
		     struct cni_error *err)
{
	int r = owned_collect(nft, &macspoof, network, keep, data);

	if (r == 0)
		return 0;
	return nft_fail(nft, err, r, "cannot clean up MAC checks of network %s", network);
}

int macspoof_status(struct netlink *nft, struct cni_error *err)
{
	return owned_status(nft, &macspoof, err);
}
