/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows what may come from a checked port:
 *
 *	chain source {
 *		ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop
 *		icmpv6 type nd-router-advert drop
 *		icmpv6 type nd-redirect drop
 *		ip6 saddr :: icmpv6 type 131-133 accept			(done, report, router
 *solicitation) ip6 saddr :: icmpv6 type mld2-listener-report accept ip saddr 0.0.0.0 udp sport 68
 *udp dport 67 accept	(DHCP)
 *
 *		iifname . ip saddr @allowed-ipv4 accept
 *		arp: iifname . arp saddr ip @allowed-ipv4 accept
 *		arp saddr ip 0.0.0.0 iifname . arp daddr ip @allowed-ipv4 accept
 *
 *		meta l4proto != icmpv6 iifname . ip6 saddr @allowed-ipv6 accept
 *		icmpv6 type != nd-neighbor-advert iifname . ip6 saddr @allowed-ipv6 accept
 *		icmpv6 type nd-neighbor-advert iifname . icmpv6 taddr @allowed-ipv6
 *			iifname . ip6 saddr @allowed-ipv6 accept
 *		ip6 saddr :: icmpv6 type nd-neighbor-solicit iifname . icmpv6 taddr @allowed-ipv6
 *accept frag frag-off != 0 iifname . ip6 saddr @allowed-ipv6 accept
 *	}
 *	chain prerouting {
 *		type filter hook prerouting priority -299; policy accept;
 *		iifname @checked jump source
 *		iifname @checked drop
 *	}
 *	chain input {
 *		type filter hook input priority -299; policy accept;
 *		iifname @checked ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop
 *	}
 *
 * What accepts names all that it has seen; a header that is not there, because the chain of headers
 * is cut or goes on in a later fragment, matches nothing and is dropped. Later fragments pass:
 *without the first, which was judged, they are worth nothing. For input see macspoof.c. The order
 *matters only in that what drops comes first.
 */
#include "nft/ipspoof_rules.h"

/* The kernel's headers give way to musl's only when these come first. */
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h>

#include "nft/expr.h"
#include "nft/expr_nat.h"

enum {
	ARP_SENDER = 14, /* offsets of IPv4 addresses */
	ARP_TARGET = 24,
	ND_TARGET = 8,
	MLD2_REPORT = 143, /* RFC 3810, 5.2 */
	DHCP_CLIENT = 68,
	DHCP_SERVER = 67,
	PRIORITY = NF_BR_PRI_NAT_DST_BRIDGED + 1,
};

enum chain { SOURCE, PREROUTING, INPUT };

const struct nft_base_chain ipspoof_chains[IPSPOOF_CHAINS] = {
	[SOURCE] = { .name = "source" },
	[PREROUTING] = { "prerouting", "filter", NF_BR_PRE_ROUTING, PRIORITY },
	[INPUT] = { "input", "filter", NF_BR_LOCAL_IN, PRIORITY },
};

static const struct nft_table table = { NFPROTO_BRIDGE, IPSPOOF_TABLE };
static const struct prefix none4 = { { AF_INET, { 0 } }, 32 };
static const struct prefix none6 = { { AF_INET6, { 0 } }, 128 };

static struct nftnl_rule *rule_in(enum chain chain)
{
	return nft_rule(&table, ipspoof_chains[chain].name);
}

static struct nftnl_rule *rule_about(uint16_t protocol)
{
	struct nftnl_rule *rule = rule_in(SOURCE);
	uint16_t value = htons(protocol);

	expr_load_meta(rule, NFT_META_PROTOCOL, EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_EQ, &value, sizeof(value));
	return rule;
}

static struct nftnl_rule *accepting(struct nftnl_rule *rule)
{
	expr_verdict(rule, NF_ACCEPT);
	return rule;
}

static struct nftnl_rule *dropping(struct nftnl_rule *rule)
{
	expr_verdict(rule, NF_DROP);
	return rule;
}

static void match_l4(struct nftnl_rule *rule, enum nft_cmp_ops op, uint8_t protocol)
{
	expr_load_meta(rule, NFT_META_L4PROTO, EXPR_A);
	expr_match(rule, EXPR_A, op, &protocol, sizeof(protocol));
}

static void match_icmpv6(struct nftnl_rule *rule, enum nft_cmp_ops op, uint8_t type)
{
	match_l4(rule, NFT_CMP_EQ, IPPROTO_ICMPV6);
	expr_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1, EXPR_A);
	expr_match(rule, EXPR_A, op, &type, sizeof(type));
}

/* iifname . <field> @allowed-ipv4 or -ipv6 */
static void match_own(struct nftnl_rule *rule, int family, enum nft_payload_bases base,
		      unsigned offset)
{
	expr_load_meta(rule, NFT_META_IIFNAME, EXPR_A);
	expr_load_payload(rule, base, offset, family_size(family), EXPR_B);
	expr_match_set(rule, EXPR_A, family == AF_INET6 ? "allowed-ipv6" : "allowed-ipv4", false);
}

static void match_own_source6(struct nftnl_rule *rule)
{
	match_own(rule, AF_INET6, NFT_PAYLOAD_NETWORK_HEADER, offsetof(struct ip6_hdr, ip6_src));
}

static void match_own_target6(struct nftnl_rule *rule)
{
	match_own(rule, AF_INET6, NFT_PAYLOAD_TRANSPORT_HEADER, ND_TARGET);
}

/* Who has no address yet joins groups, and asks for routers: types `from` to `to`. */
static struct nftnl_rule *without_address(uint8_t from, uint8_t to)
{
	struct nftnl_rule *rule = rule_about(ETH_P_IPV6);

	expr_match_prefix(rule, EXPR_SADDR, NFT_CMP_EQ, &none6);
	if (from == to) {
		match_icmpv6(rule, NFT_CMP_EQ, from);
		return accepting(rule);
	}
	match_icmpv6(rule, NFT_CMP_GTE, from);
	expr_match(rule, EXPR_A, NFT_CMP_LTE, &to, sizeof(to));
	return accepting(rule);
}

static struct nftnl_rule *dhcp(void)
{
	struct nftnl_rule *rule = rule_about(ETH_P_IP);
	const uint16_t ports[] = { htons(DHCP_CLIENT), htons(DHCP_SERVER) };

	expr_match_prefix(rule, EXPR_SADDR, NFT_CMP_EQ, &none4);
	match_l4(rule, NFT_CMP_EQ, IPPROTO_UDP);
	expr_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, sizeof(ports), EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_EQ, ports, sizeof(ports));
	return accepting(rule);
}

static struct nftnl_rule *without_icmpv6(uint8_t type)
{
	struct nftnl_rule *rule = rule_about(ETH_P_IPV6);

	match_icmpv6(rule, NFT_CMP_EQ, type);
	return dropping(rule);
}

struct nftnl_rule *ipspoof_fixed_rule(size_t i)
{
	struct nftnl_rule *rule;

	switch (i) {
	case 0:
		rule = rule_in(SOURCE);
		expr_match_reserved(rule);
		return dropping(rule);
	case 1:
		return without_icmpv6(ND_ROUTER_ADVERT);
	case 2:
		return without_icmpv6(ND_REDIRECT);
	case 3:
		return without_address(MLD_LISTENER_REPORT, ND_ROUTER_SOLICIT);
	case 4:
		return without_address(MLD2_REPORT, MLD2_REPORT);
	default:
		return dhcp();
	}
}

static struct nftnl_rule *port_rule(size_t i)
{
	struct nftnl_rule *rule = rule_in(i == 2 ? INPUT : PREROUTING);

	expr_load_meta(rule, NFT_META_IIFNAME, EXPR_A);
	expr_match_set(rule, EXPR_A, "checked", false);
	if (i == 0) {
		expr_jump(rule, ipspoof_chains[SOURCE].name);
		return rule;
	}
	if (i == 2)
		expr_match_reserved(rule);
	return dropping(rule);
}

/* ARP for IPv4 over Ethernet, the only layout in which the addresses stand where we look. */
static struct nftnl_rule *rule_about_arp(void)
{
	static const uint8_t layout[] = { 0, ARPHRD_ETHER, ETH_P_IP >> 8, 0, ETH_ALEN, 4 };
	struct nftnl_rule *rule = rule_about(ETH_P_ARP);

	expr_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, 0, sizeof(layout), EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_EQ, layout, sizeof(layout));
	return rule;
}

static struct nftnl_rule *ipv4_rule(size_t i)
{
	struct nftnl_rule *rule;

	if (i == 0) {
		rule = rule_about(ETH_P_IP);
		match_own(rule, AF_INET, NFT_PAYLOAD_NETWORK_HEADER, offsetof(struct iphdr, saddr));
		return accepting(rule);
	}
	rule = rule_about_arp();
	if (i == 1) {
		match_own(rule, AF_INET, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER);
		return accepting(rule);
	}
	/* RFC 5227: is this address free? */
	expr_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER, 4, EXPR_A);
	expr_match(rule, EXPR_A, NFT_CMP_EQ, none4.addr.bytes, 4);
	match_own(rule, AF_INET, NFT_PAYLOAD_NETWORK_HEADER, ARP_TARGET);
	return accepting(rule);
}

static struct nftnl_rule *ipv6_rule(size_t i)
{
	struct nftnl_rule *rule = rule_about(ETH_P_IPV6);

	switch (i) {
	case 0:
		match_l4(rule, NFT_CMP_NEQ, IPPROTO_ICMPV6);
		match_own_source6(rule);
		break;
	case 1:
		match_icmpv6(rule, NFT_CMP_NEQ, ND_NEIGHBOR_ADVERT);
		match_own_source6(rule);
		break;
	case 2:
		match_icmpv6(rule, NFT_CMP_EQ, ND_NEIGHBOR_ADVERT);
		match_own_target6(rule);
		match_own_source6(rule);
		break;
	case 3:
		expr_match_prefix(rule, EXPR_SADDR, NFT_CMP_EQ, &none6);
		match_icmpv6(rule, NFT_CMP_EQ, ND_NEIGHBOR_SOLICIT);
		match_own_target6(rule);
		break;
	default:
		expr_match_later_fragment(rule);
		match_own_source6(rule);
	}
	return accepting(rule);
}

struct nftnl_rule *ipspoof_rule(enum ipspoof_kind kind, size_t i)
{
	static const size_t counts[] = {
		[IPSPOOF_CHECKED] = 3, [IPSPOOF_IPV4] = 3, [IPSPOOF_IPV6] = 5
	};

	if (i >= counts[kind])
		return NULL;
	if (kind == IPSPOOF_CHECKED)
		return port_rule(i);
	return kind == IPSPOOF_IPV4 ? ipv4_rule(i) : ipv6_rule(i);
}
