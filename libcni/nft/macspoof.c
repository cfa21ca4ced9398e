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

/* The kernel's headers give way to musl's only when this comes first. */
#include <net/ethernet.h>

#include <linux/if.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h>
#include <stdio.h>
#include <string.h>

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
struct owned_entry macspoof_entry(const char *port, const uint8_t mac[MAC_SIZE])
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

/* Of an entry: reserved destinations in either chain, then other sources than its own. */
static struct nftnl_rule *rule_of(const struct owned_entry *entry, size_t i)
{
	struct nftnl_rule *rule = nft_rule(&macspoof_table.table, chains[i == RULE_INPUT].name);

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

static void tell(const struct owned_entry *entry, struct text *ret)
{
	text_addf(ret, "port %s", (const char *)entry->bytes);
}

const struct owned_table macspoof_table = {
	.table = { NFPROTO_BRIDGE, "cni_macspoof" },
	.words = {
		.add = "cannot add the MAC check of",
		.read = "cannot read the MAC check of",
		.remove = "cannot remove the MAC check of",
		.collect = "cannot clean up MAC checks of network",
		.lacks = "has no MAC check",
	},
	.tell = tell,
	.index = OWNED_INDEX(NFT_TYPE_PAIR(NFT_TYPE_IFNAME, NFT_TYPE_ETHER),
			     IFNAMSIZ + NLA_ALIGN(MAC_SIZE)),
	.chains = chains,
	.chain_count = array_size(chains),
	.set_count = array_size(sets),
	.rule_count = RULES,
	.set = set_of,
	.element = element_of,
	.rule = rule_of,
};
