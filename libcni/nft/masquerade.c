/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows the table that masquerades:
 *
 *	table inet cni_masquerade {
 *		map owners { type ipv6_addr : ipv6_addr . ipv6_addr }	address and netmask
 *		set net-10.1.0.0/16 { type ipv4_addr }			10.1.0.5
 *		chain postrouting {
 *			type nat hook postrouting priority srcnat; policy accept;
 *			ip saddr @net-10.1.0.0/16 ip daddr != 10.1.0.0/16
 *				ip daddr != 224.0.0.0/4 masquerade
 *		}
 *	}
 */
#include "nft/masquerade.h"

#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nft/expr.h"

enum { MAPPED_BITS = 96, MAPPED_SIZE = MAPPED_BITS / 8 };

static const uint8_t mapped[MAPPED_SIZE] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291, 2.5.5.2 */

static const struct nft_base_chain chains[] = {
	{ .name = "postrouting",
	  .type = "nat",
	  .hook = NF_INET_POST_ROUTING,
	  .priority = NF_IP_PRI_NAT_SRC },
};

/* Address and netmask, both of IPv6. */
struct owned_entry masquerade_entry(const struct prefix *prefix)
{
	bool is_ipv4 = prefix->addr.family == AF_INET;
	struct addr mask = prefix_mask(AF_INET6, prefix->len + (is_ipv4 ? MAPPED_BITS : 0));
	struct owned_entry entry = { 0 };

	if (is_ipv4) {
		memcpy(entry.bytes, mapped, MAPPED_SIZE);
		memcpy(entry.bytes + MAPPED_SIZE, prefix->addr.bytes, 4);
	} else {
		memcpy(entry.bytes, prefix->addr.bytes, 16);
	}
	memcpy(entry.bytes + 16, mask.bytes, 16);
	return entry;
}

static struct prefix prefix_of(const struct owned_entry *entry)
{
	struct prefix prefix = { .addr.family = AF_INET6 };

	for (size_t i = 16; i < 32; i++)
		prefix.len = (uint8_t)(prefix.len + __builtin_popcount(entry->bytes[i]));
	memcpy(prefix.addr.bytes, entry->bytes, 16);
	if (memcmp(entry->bytes, mapped, MAPPED_SIZE) != 0 || prefix.len < MAPPED_BITS)
		return prefix;
	prefix = (struct prefix){ .addr.family = AF_INET,
				  .len = (uint8_t)(prefix.len - MAPPED_BITS) };
	memcpy(prefix.addr.bytes, entry->bytes + MAPPED_SIZE, 4);
	return prefix;
}

static bool is_host(const struct prefix *prefix)
{
	return prefix->len == family_bits(prefix->addr.family);
}

/* Addresses that are subnets of their own share one set, so that they do not need a rule each. */
static struct nft_set set_of(const struct owned_entry *entry, size_t i)
{
	struct prefix prefix = prefix_of(entry);
	struct prefix network = prefix_network(&prefix);
	bool is_ipv6 = prefix.addr.family == AF_INET6;
	struct nft_set set = {
		.key_type = is_ipv6 ? NFT_TYPE_IPV6 : NFT_TYPE_IPV4,
		.key_size = family_size(prefix.addr.family),
	};
	char text[PREFIX_TEXT];

	(void)i; /* there is one */
	if (is_host(&prefix))
		(void)snprintf(set.name, sizeof(set.name), "hosts-%s",
			       is_ipv6 ? "ipv6" : "ipv4"); /* fits */
	else
		(void)snprintf(set.name, sizeof(set.name), "net-%s",
			       prefix_print(&network, text)); /* fits */
	for (char *c = set.name; *c; c++) {
		if (*c == ':') /* cannot be part of a name in the nft language */
			*c = '-';
	}
	return set;
}

static struct nft_element element_of(const struct owned_entry *entry, size_t i)
{
	struct prefix prefix = prefix_of(entry);
	struct nft_set set = set_of(entry, i);
	struct nft_element element = { .key_size = set.key_size };

	memcpy(element.set, set.name, sizeof(element.set));
	memcpy(element.key, prefix.addr.bytes, element.key_size);
	return element;
}

static struct nftnl_rule *rule_of(const struct owned_entry *entry, size_t i)
{
	static const struct prefix multicast4 = { { AF_INET, { 224 } }, 4 };
	static const struct prefix multicast6 = { { AF_INET6, { 0xff } }, 8 };
	struct prefix prefix = prefix_of(entry);
	struct nft_set set = set_of(entry, i);
	int family = prefix.addr.family;
	struct nftnl_rule *rule = nft_rule(&masquerade_table.table, chains[0].name);

	/* ip saddr @net-10.1.0.0/16 */
	expr_match_family(rule, family);
	expr_load_address(rule, family, EXPR_SADDR, EXPR_A);
	expr_match_set(rule, EXPR_A, set.name, false);
	/* ip daddr != 10.1.0.0/16 */
	if (!is_host(&prefix))
		expr_match_prefix(rule, EXPR_DADDR, NFT_CMP_NEQ, &prefix);
	/* ip daddr != 224.0.0.0/4 */
	expr_match_prefix(rule, EXPR_DADDR, NFT_CMP_NEQ,
			  family == AF_INET6 ? &multicast6 : &multicast4);
	/* masquerade */
	expr_masquerade(rule);
	return rule;
}

static void tell(const struct owned_entry *entry, struct text *ret)
{
	const struct prefix prefix = prefix_of(entry);
	char text[PREFIX_TEXT];

	text_add(ret, prefix_print(&prefix, text));
}

const struct owned_table masquerade_table = {
	.table = { NFPROTO_INET, "cni_masquerade" },
	.words = {
		.add = "cannot add masquerade for",
		.read = "cannot read masquerade of",
		.remove = "cannot remove masquerade of",
		.collect = "cannot clean up masquerade of network",
		.lacks = "is not masqueraded",
	},
	.tell = tell,
	.index = OWNED_INDEX(NFT_TYPE_PAIR(NFT_TYPE_IPV6, NFT_TYPE_IPV6), 32),
	.chains = chains,
	.chain_count = array_size(chains),
	.set_count = 1,
	.rule_count = 1,
	.set = set_of,
	.element = element_of,
	.rule = rule_of,
};
