/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows the table that stops spoofed addresses:
 *
 *	table bridge cni_ipspoof {
 *		map owners { type ipv6_addr : ifname . ipv6_addr }
 *		set checked { type ifname }			"veth1f0c"
 *		set allowed-ipv4 { type ifname . ipv4_addr }	"veth1f0c" . 10.1.0.5, … . 0.0.0.0
 *		set allowed-ipv6 { type ifname . ipv6_addr }	"veth1f0c" . fd00::5, … . fe80::…
 *		chain source {
 *			icmpv6 type nd-router-advert drop
 *			icmpv6 type nd-redirect drop
 *			ip6 saddr :: icmpv6 type != nd-neighbor-advert accept
 *			ip protocol: iifname . ip saddr @allowed-ipv4 accept
 *			arp: iifname . arp saddr ip @allowed-ipv4 accept
 *			icmpv6 type nd-neighbor-advert iifname . icmpv6 taddr != @allowed-ipv6 drop
 *			ip6: iifname . ip6 saddr @allowed-ipv6 accept
 *		}
 *		chain prerouting {
 *			type filter hook prerouting priority -299; policy accept;
 *			iifname @checked jump source
 *			iifname @checked drop
 *		}
 *	}
 *
 * An entry is a port with an IPv6 address, an IPv4 address in its mapped form, or :: for the port
 * itself. The rules of a set come and go with it; in `source` their order does not matter, but for
 * the two of IPv6.
 */
#include "nft/ipspoof.h"

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/change.h"
#include "nft/expr.h"
#include "nft/expr_nat.h"

enum {
	PORT_SIZE = IFNAMSIZ,
	IPV6_SIZE = 16,
	MAPPED_SIZE = 12, /* of what precedes the IPv4 address in a mapped one */
	ARP_SENDER = 14,  /* offset of the sender's IPv4 address */
	ND_TARGET = 8,
};

enum kind { CHECKED, ALLOWED4, ALLOWED6, KINDS };

static const uint8_t mapped[MAPPED_SIZE] = { [10] = 0xff, [11] = 0xff };
static const uint8_t unspecified[IPV6_SIZE] = { 0 };

static const struct nft_base_chain chains[] = {
	{ .name = "source" },
	{ .name = "prerouting",
	  .type = "filter",
	  .hook = NF_BR_PRE_ROUTING,
	  .priority = NF_BR_PRI_NAT_DST_BRIDGED + 1 },
};

static const struct nft_set sets[KINDS] = {
	[CHECKED] = { .name = "checked", .key_type = NFT_TYPE_IFNAME, .key_size = PORT_SIZE },
	[ALLOWED4] = { .name = "allowed-ipv4",
		       .key_type = NFT_TYPE_PAIR(NFT_TYPE_IFNAME, NFT_TYPE_IPV4),
		       .key_size = PORT_SIZE + 4 },
	[ALLOWED6] = { .name = "allowed-ipv6",
		       .key_type = NFT_TYPE_PAIR(NFT_TYPE_IFNAME, NFT_TYPE_IPV6),
		       .key_size = PORT_SIZE + IPV6_SIZE },
};

static enum kind kind_of(const struct owned_entry *entry)
{
	const uint8_t *address = entry->bytes + PORT_SIZE;

	if (memcmp(address, unspecified, IPV6_SIZE) == 0)
		return CHECKED;
	return memcmp(address, mapped, MAPPED_SIZE) == 0 ? ALLOWED4 : ALLOWED6;
}

static struct owned_entry entry_of(const char *port, const struct addr *address)
{
	struct owned_entry entry = { 0 };
	uint8_t *bytes = entry.bytes + PORT_SIZE;

	(void)snprintf((char *)entry.bytes, PORT_SIZE, "%s", port); /* link names fit */
	if (address->family == AF_INET6) {
		memcpy(bytes, address->bytes, IPV6_SIZE);
	} else if (address->family == AF_INET) {
		memcpy(bytes, mapped, MAPPED_SIZE);
		memcpy(bytes + MAPPED_SIZE, address->bytes, 4);
	}
	return entry;
}

static struct nft_set set_of(const struct owned_entry *entry, size_t i)
{
	(void)i; /* there is one */
	return sets[kind_of(entry)];
}

static struct nft_element element_of(const struct owned_entry *entry, size_t i)
{
	struct nft_set set = set_of(entry, i);
	struct nft_element element = { .key_size = set.key_size };

	memcpy(element.set, set.name, sizeof(element.set));
	memcpy(element.key, entry->bytes, PORT_SIZE);
	if (kind_of(entry) == ALLOWED4)
		memcpy(element.key + PORT_SIZE, entry->bytes + PORT_SIZE + MAPPED_SIZE, 4);
	else if (kind_of(entry) == ALLOWED6)
		memcpy(element.key + PORT_SIZE, entry->bytes + PORT_SIZE, IPV6_SIZE);
	return element;
}

static const struct owned_table ipspoof;

static struct nftnl_rule *source_rule(uint16_t protocol)
{
	struct nftnl_rule *rule = nft_rule(&ipspoof.table, chains[0].name);
	uint16_t value = htons(protocol);

	expr_load_meta(rule, NFT_META_PROTOCOL, EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_EQ, &value, sizeof(value));
	return rule;
}

static void match_icmpv6(struct nftnl_rule *rule, enum nft_cmp_ops op, uint8_t type)
{
	const uint8_t icmpv6 = IPPROTO_ICMPV6;

	expr_load_meta(rule, NFT_META_L4PROTO, EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_EQ, &icmpv6, sizeof(icmpv6));
	expr_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1, EXPR_A);
	expr_match(rule, EXPR_A, op, &type, sizeof(type));
}

/* iifname . <field> @set, or != @set */
static void match_source(struct nftnl_rule *rule, enum kind kind, enum nft_payload_bases base,
			 unsigned offset, bool inverted)
{
	expr_load_meta(rule, NFT_META_IIFNAME, EXPR_A);
	expr_load_payload(rule, base, offset, sets[kind].key_size - PORT_SIZE, EXPR_B);
	expr_match_set(rule, EXPR_A, sets[kind].name, inverted);
}

/* Made with the table. */
static struct nftnl_rule *fixed_rule(size_t i)
{
	static const uint8_t never[] = { ND_ROUTER_ADVERT, ND_REDIRECT };
	struct nftnl_rule *rule = source_rule(ETH_P_IPV6);

	if (i < array_size(never)) {
		match_icmpv6(rule, NFT_CMP_EQ, never[i]);
		expr_verdict(rule, NF_DROP);
		return rule;
	}
	/* who has no address yet asks whether it is free, and joins groups */
	expr_load_address(rule, AF_INET6, EXPR_SADDR, EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_EQ, unspecified, IPV6_SIZE);
	match_icmpv6(rule, NFT_CMP_NEQ, ND_NEIGHBOR_ADVERT);
	expr_verdict(rule, NF_ACCEPT);
	return rule;
}

static struct nftnl_rule *port_rule(size_t i)
{
	struct nftnl_rule *rule = nft_rule(&ipspoof.table, chains[1].name);

	expr_load_meta(rule, NFT_META_IIFNAME, EXPR_A);
	expr_match_set(rule, EXPR_A, sets[CHECKED].name, false);
	if (i == 0)
		expr_jump(rule, chains[0].name);
	else
		expr_verdict(rule, NF_DROP);
	return rule;
}

static struct nftnl_rule *rule4(size_t i)
{
	struct nftnl_rule *rule = source_rule(i == 0 ? ETH_P_IP : ETH_P_ARP);

	match_source(rule, ALLOWED4, NFT_PAYLOAD_NETWORK_HEADER,
		     i == 0 ? offsetof(struct iphdr, saddr) : ARP_SENDER, false);
	expr_verdict(rule, NF_ACCEPT);
	return rule;
}

static struct nftnl_rule *rule6(size_t i)
{
	struct nftnl_rule *rule = source_rule(ETH_P_IPV6);

	if (i == 0) {
		match_icmpv6(rule, NFT_CMP_EQ, ND_NEIGHBOR_ADVERT);
		match_source(rule, ALLOWED6, NFT_PAYLOAD_TRANSPORT_HEADER, ND_TARGET, true);
		expr_verdict(rule, NF_DROP);
	} else {
		match_source(rule, ALLOWED6, NFT_PAYLOAD_NETWORK_HEADER,
			     offsetof(struct ip6_hdr, ip6_src), false);
		expr_verdict(rule, NF_ACCEPT);
	}
	return rule;
}

static struct nftnl_rule *rule_of(const struct owned_entry *entry, size_t i)
{
	switch (kind_of(entry)) {
	case ALLOWED4:
		return rule4(i);
	case ALLOWED6:
		return rule6(i);
	default:
		return port_rule(i);
	}
}

static const struct owned_table ipspoof = {
	.table = { NFPROTO_BRIDGE, "cni_ipspoof" },
	.index = {
		.name = "owners",
		.key_type = NFT_TYPE_IPV6, .key_size = IPV6_SIZE,
		.data_type = NFT_TYPE_PAIR(NFT_TYPE_IFNAME, NFT_TYPE_IPV6),
		.data_size = PORT_SIZE + IPV6_SIZE,
	},
	.chains = chains,
	.chain_count = array_size(chains),
	.set_count = 1,
	.rule_count = 2,
	.set = set_of,
	.element = element_of,
	.rule = rule_of,
	.fixed_rule_count = 3,
	.fixed_rule = fixed_rule,
};

/* fe80:: and the MAC with ff:fe in its middle and one bit turned, as the kernel does it. */
static struct addr link_local(const uint8_t mac[MAC_SIZE])
{
	return (struct addr){ .family = AF_INET6,
			      .bytes = { 0xfe, 0x80, [8] = mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe,
					 mac[3], mac[4], mac[5] } };
}

/* The port, the address of who has none yet, the link-local one, and the rest; the caller frees. */
static struct owned_entry *make_entries(const struct ipspoof *spec, size_t *ret_count)
{
	struct owned_entry *entries = xcalloc(spec->count + 3, sizeof(*entries));
	const struct addr local = link_local(spec->mac);

	entries[0] = entry_of(spec->port, &(struct addr){ .family = AF_UNSPEC });
	entries[1] = entry_of(spec->port, &(struct addr){ .family = AF_INET });
	entries[2] = entry_of(spec->port, &local);
	for (size_t i = 0; i < spec->count; i++)
		entries[i + 3] = entry_of(spec->port, &spec->addresses[i].addr);
	*ret_count = spec->count + 3;
	return entries;
}

int ipspoof_add(struct nl *nft, const struct owner *owner, const struct ipspoof *spec,
		struct cni_error *err)
{
	size_t count;
	cleanup_free struct owned_entry *entries = make_entries(spec, &count);
	int r = owned_set(nft, &ipspoof, owner->text, entries, count);

	if (r == 0)
		return 0;
	return nft_fail(nft, err, r, "cannot add the address check of port %s", spec->port);
}

int ipspoof_delete(struct nl *nft, const struct owner *owner, struct cni_error *err)
{
	const char *text = owner->text;
	int r = owned_delete(nft, &ipspoof, &text, 1);

	if (r == 0)
		return 0;
	return nft_fail(nft, err, r, "cannot remove the address check of %s", text);
}

int ipspoof_check(struct nl *nft, const struct owner *owner, const struct ipspoof *spec,
		  struct cni_error *err)
{
	static const char *const missing[] = {
		[OWNED_NO_TABLE] = "table bridge cni_ipspoof is missing",
		[OWNED_NO_CHAIN] = "a chain of table bridge cni_ipspoof is missing",
		[OWNED_NO_RULE] = "a rule of table bridge cni_ipspoof is missing",
		[OWNED_NO_ELEMENT] = "the sets of table bridge cni_ipspoof lack it",
		[OWNED_NO_INDEX] = "it is not in map owners of table bridge cni_ipspoof",
	};
	size_t count;
	cleanup_free struct owned_entry *entries = make_entries(spec, &count);
	struct owned_finding found;
	int r = owned_check(nft, &ipspoof, owner->text, entries, count, &found);

	if (r < 0)
		return nft_fail(nft, err, r, "cannot read the address check of port %s",
				spec->port);
	if (found.state == OWNED_WELL)
		return 0;
	r = cni_fail(err, CNI_ERR_CHECK, 0, "port %s has no address check: %s", spec->port,
		     missing[found.state]);
	cni_error_details(err,
			  "another program has changed the nftables ruleset; attach the container "
			  "anew, after `nft delete table bridge cni_ipspoof` if a chain or a rule "
			  "is missing");
	return r;
}

int ipspoof_collect(struct nl *nft, const char *network, owner_keep_fn *keep, void *data,
		    struct cni_error *err)
{
	int r = owned_collect(nft, &ipspoof, network, keep, data);

	if (r == 0)
		return 0;
	return nft_fail(nft, err, r, "cannot clean up address checks of network %s", network);
}
