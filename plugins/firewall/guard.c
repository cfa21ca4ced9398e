/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows the tables:
 *
 *	table inet cni_firewall {
 *		map owners { type ipv6_addr : ipv6_addr . ifname . inet_proto }
 *					address, bridge and number of the policy
 *		set open-ipv4 { type ipv4_addr }
 *		set isolated-cni0-ipv4 { type ipv4_addr }	10.1.0.5
 *		chain forward {
 *			type filter hook forward priority filter; policy accept;
 *			meta nfproto ipv4 iifname "cni0" oifname != "cni0" jump others
 *			meta nfproto ipv4 iifname "cni0" oifname "cni0" drop
 *		}
 *		chain others {
 *			meta nfproto ipv4 oifname "cni0" drop
 *		}
 *	}
 *	table bridge cni_firewall {
 *		map owners { type ipv6_addr : ifname . inet_proto }	the latter says nothing
 *		set isolated { type ifname }			"veth1f0c"
 *		chain forward {
 *			type filter hook forward priority -200; policy accept;
 *			iifname @isolated drop
 *			oifname @isolated drop
 *		}
 *	}
 *
 * What a policy forbids it forbids to the bridge. The set of the bridge's containers tells how long
 * its rules stay, and its name stands in their comments. Frames between two ports of a bridge pass
 * the first table only with br_netfilter, the second one always.
 */
#include "guard.h"

#include <linux/if.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nft/expr.h"
#include "nft/expr_nat.h"

enum {
	BRIDGE_AT = 16, /* in an entry, behind the address */
	POLICY_AT = BRIDGE_AT + IFNAMSIZ,
	POLICY_SIZE = 4,
	MAPPED_SIZE = 12,
};

enum { RULE_LEAVES, RULE_ENTERS, RULE_STAYS, RULES };

enum { FORWARD, OTHERS };

static const uint8_t mapped[MAPPED_SIZE] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291, 2.5.5.2 */

static const struct nft_base_chain chains[] = {
	[FORWARD] = { .name = "forward",
		      .type = "filter",
		      .hook = NF_INET_FORWARD,
		      .priority = NF_IP_PRI_FILTER },
	[OTHERS] = { .name = "others" },
};

/* ---- addresses */

static struct owned_entry address_entry(const struct guard *guard, const struct addr *address)
{
	struct owned_entry entry = { 0 };

	if (address->family == AF_INET6) {
		memcpy(entry.bytes, address->bytes, 16);
	} else {
		memcpy(entry.bytes, mapped, MAPPED_SIZE);
		memcpy(entry.bytes + MAPPED_SIZE, address->bytes, 4);
	}
	/* "-" is for nobody to read, but the nft tool loads no empty name */
	(void)snprintf((char *)entry.bytes + BRIDGE_AT, IFNAMSIZ, "%s",
		       guard->policy == POLICY_OPEN ? "-" : guard->bridge); /* fits */
	entry.bytes[POLICY_AT] = (uint8_t)guard->policy;
	return entry;
}

static bool is_ipv6(const struct owned_entry *entry)
{
	return memcmp(entry->bytes, mapped, MAPPED_SIZE) != 0;
}

static const char *bridge_of(const struct owned_entry *entry)
{
	return (const char *)entry->bytes + BRIDGE_AT;
}

/*
 * "isolated-cni0-ipv4"; what cannot be part of a name in the nft language becomes "_" and two hex
 * digits.
 */
static void name_set(const struct owned_entry *entry, char ret[NFT_NAME])
{
	static const char *const policies[] = {
		[POLICY_OPEN] = "open",
		[POLICY_SAME_BRIDGE] = "same-bridge-",
		[POLICY_ISOLATED] = "isolated-",
	};
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-.";
	const size_t policy = entry->bytes[POLICY_AT];
	cleanup_text struct text name = { 0 };

	text_add(&name, policies[policy < array_size(policies) ? policy : POLICY_OPEN]);
	for (const char *c = bridge_of(entry); policy != POLICY_OPEN && *c; c++) {
		if (strchr(plain, *c))
			text_add_bytes(&name, c, 1);
		else
			text_addf(&name, "_%02x", (unsigned)(unsigned char)*c);
	}
	text_add(&name, is_ipv6(entry) ? "-ipv6" : "-ipv4");
	(void)snprintf(ret, NFT_NAME, "%s", name.s); /* fits: a link's name has 15 bytes */
}

static struct nft_set address_set(const struct owned_entry *entry, size_t i)
{
	struct nft_set set = {
		.key_type = is_ipv6(entry) ? NFT_TYPE_IPV6 : NFT_TYPE_IPV4,
		.key_size = is_ipv6(entry) ? 16 : 4,
	};

	(void)i; /* there is one */
	name_set(entry, set.name);
	return set;
}

static struct nft_element address_element(const struct owned_entry *entry, size_t i)
{
	const struct nft_set set = address_set(entry, i);
	struct nft_element element = { .key_size = set.key_size };

	memcpy(element.set, set.name, sizeof(element.set));
	memcpy(element.key, entry->bytes + 16 - set.key_size, set.key_size);
	return element;
}

static void match_ifname(struct nftnl_rule *rule, enum nft_meta_keys key, enum nft_cmp_ops op,
			 const char *name)
{
	char padded[IFNAMSIZ] = { 0 };

	(void)snprintf(padded, sizeof(padded), "%s", name); /* as long as the other */
	expr_load_meta(rule, key, EXPR_A);
	expr_match(rule, EXPR_A, op, padded, sizeof(padded));
}

static const struct owned_table containers;

static struct nftnl_rule *address_rule(const struct owned_entry *entry, size_t i)
{
	const uint8_t policy = entry->bytes[POLICY_AT];
	const char *bridge = bridge_of(entry);
	struct nft_set set = address_set(entry, 0);
	struct nftnl_rule *rule;

	if (policy == POLICY_OPEN || (i == RULE_STAYS && policy != POLICY_ISOLATED))
		return NULL;
	rule = nft_rule(&containers.table, chains[i == RULE_ENTERS ? OTHERS : FORWARD].name);
	expr_match_family(rule, is_ipv6(entry) ? AF_INET6 : AF_INET);
	if (i != RULE_ENTERS)
		match_ifname(rule, NFT_META_IIFNAME, NFT_CMP_EQ, bridge);
	match_ifname(rule, NFT_META_OIFNAME, i == RULE_LEAVES ? NFT_CMP_NEQ : NFT_CMP_EQ, bridge);
	if (i == RULE_LEAVES)
		expr_jump(rule, chains[OTHERS].name);
	else
		expr_verdict(rule, NF_DROP);
	nft_rule_set_comment(rule, set.name);
	return rule;
}

static void tell_address(const struct owned_entry *entry, struct text *ret)
{
	const bool ipv4 = !is_ipv6(entry);
	struct addr addr = { .family = ipv4 ? AF_INET : AF_INET6 };
	char text[ADDR_TEXT];

	memcpy(addr.bytes, entry->bytes + (ipv4 ? MAPPED_SIZE : 0), family_size(addr.family));
	text_add(ret, addr_print(&addr, text));
}

static const struct owned_table containers = {
	.table = { NFPROTO_INET, "cni_firewall" },
	.words = {
		.add = "cannot add the ingress policy of",
		.read = "cannot read the ingress policy of",
		.remove = "cannot remove the ingress policy of",
		.collect = "cannot clean up ingress policies of network",
		.lacks = "does not have its ingress policy",
	},
	.tell = tell_address,
	.index = {
		.name = "owners",
		.key_type = NFT_TYPE_IPV6, .key_size = 16,
		.data_type = NFT_TYPE_PAIR(NFT_TYPE_PAIR(NFT_TYPE_IPV6, NFT_TYPE_IFNAME),
					   NFT_TYPE_PROTOCOL),
		.data_size = POLICY_AT + POLICY_SIZE,
	},
	.chains = chains,
	.chain_count = array_size(chains),
	.set_count = 1,
	.rule_count = RULES,
	.set = address_set,
	.element = address_element,
	.rule = address_rule,
};

/* ---- ports */

static const struct nft_base_chain port_chains[] = {
	{ .name = "forward",
	  .type = "filter",
	  .hook = NF_BR_FORWARD,
	  .priority = NF_BR_PRI_FILTER_BRIDGED },
};

static struct owned_entry port_entry(const char *port)
{
	struct owned_entry entry = { 0 };

	(void)snprintf((char *)entry.bytes, IFNAMSIZ, "%s", port); /* checked by the caller */
	return entry;
}

static struct nft_set port_set(const struct owned_entry *entry, size_t i)
{
	(void)entry; /* all ports share it */
	(void)i;
	return (struct nft_set){ .name = "isolated",
				 .key_type = NFT_TYPE_IFNAME,
				 .key_size = IFNAMSIZ };
}

static struct nft_element port_element(const struct owned_entry *entry, size_t i)
{
	struct nft_element element = { .set = "isolated", .key_size = IFNAMSIZ };

	(void)i; /* there is one */
	memcpy(element.key, entry->bytes, element.key_size);
	return element;
}

static const struct owned_table ports;

static struct nftnl_rule *port_rule(const struct owned_entry *entry, size_t i)
{
	struct nftnl_rule *rule = nft_rule(&ports.table, port_chains[0].name);

	expr_load_meta(rule, i == 0 ? NFT_META_IIFNAME : NFT_META_OIFNAME, EXPR_A);
	expr_match_set(rule, EXPR_A, port_set(entry, 0).name, false);
	expr_verdict(rule, NF_DROP);
	nft_rule_set_comment(rule, i == 0 ? "from" : "to");
	return rule;
}

static void tell_port(const struct owned_entry *entry, struct text *ret)
{
	text_addf(ret, "port %s", (const char *)entry->bytes);
}

static const struct owned_table ports = {
	.table = { NFPROTO_BRIDGE, "cni_firewall" },
	.words = {
		.add = "cannot isolate",
		.read = "cannot read the isolation of",
		.remove = "cannot remove the isolation of",
		.collect = "cannot clean up isolated ports of network",
		.lacks = "is not isolated",
	},
	.tell = tell_port,
	.index = {
		.name = "owners",
		.key_type = NFT_TYPE_IPV6, .key_size = 16,
		/* a name alone is what the nft tool shows as "" and cannot load again */
		.data_type = NFT_TYPE_PAIR(NFT_TYPE_IFNAME, NFT_TYPE_PROTOCOL),
		.data_size = IFNAMSIZ + POLICY_SIZE,
	},
	.chains = port_chains,
	.chain_count = array_size(port_chains),
	.set_count = 1,
	.rule_count = 2,
	.set = port_set,
	.element = port_element,
	.rule = port_rule,
};

/* ---- both */

enum { CONTAINERS, PORTS };

const struct owned_table *const guard_tables[GUARD_TABLES] = { &containers, &ports };

struct wishes {
	struct owned_wish items[GUARD_TABLES];
};

static void wishes_release(struct wishes *wishes)
{
	for (size_t i = 0; i < GUARD_TABLES; i++)
		owned_entries_release(&wishes->items[i].entries);
}

static struct wishes wishes_of(const struct guard *guard)
{
	struct wishes wishes = { 0 };

	for (size_t i = 0; i < GUARD_TABLES; i++)
		wishes.items[i].table = guard_tables[i];
	for (size_t i = 0; i < guard->count; i++) {
		struct owned_entry entry = address_entry(guard, &guard->addresses[i]);

		owned_entries_add(&wishes.items[CONTAINERS].entries, &entry);
	}
	for (size_t i = 0; guard->policy == POLICY_ISOLATED && i < guard->port_count; i++) {
		struct owned_entry entry = port_entry(guard->ports[i]);

		owned_entries_add(&wishes.items[PORTS].entries, &entry);
	}
	return wishes;
}

int guard_set(struct netlink *nft, const struct guard *guard, struct cni_error *err)
{
	cleanup_with(wishes_release) struct wishes wishes = wishes_of(guard);

	return owned_set(nft, guard->owner, wishes.items, GUARD_TABLES, err);
}

int guard_delete(struct netlink *nft, const char *owner, struct cni_error *err)
{
	return owned_delete(nft, owner, guard_tables, GUARD_TABLES, err);
}

int guard_check(struct netlink *nft, const struct guard *guard, struct cni_error *err)
{
	cleanup_with(wishes_release) struct wishes wishes = wishes_of(guard);
	int r = 0;

	for (size_t i = 0; r == 0 && i < GUARD_TABLES; i++) {
		if (wishes.items[i].entries.count > 0)
			r = owned_check(nft, guard->owner, &wishes.items[i], err);
	}
	return r;
}

int guard_collect(struct netlink *nft, const char *network, owner_keep_fn *keep, void *data,
		  struct cni_error *err)
{
	return owned_collect(nft, network, keep, data, guard_tables, GUARD_TABLES, err);
}
