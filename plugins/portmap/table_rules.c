/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how connections find their way:
 *
 *	chain prerouting { type nat hook prerouting priority dstnat + 10; … }
 *	chain output { type nat hook output priority dstnat + 10; … }
 *
 * send what goes to an address of this host through `sources` (marks whose answers must come back
 * through us), `addresses` (the maps with hostIP) and `ports` (those without). The priority is
 * behind that of kube-proxy: services win over published ports (CVE-2019-9946).
 *
 *	chain loopback { type filter hook output priority mangle; … }
 *	chain replies { type filter hook prerouting priority dstnat + 10; … }
 *	chain input { type filter hook input priority srcnat + 10; … }
 *
 * let the host use 127.0.0.1 and ::1 though such addresses may not leave it. Before its new route
 * is looked up, a packet that will be translated loses the source address; masquerading gives it
 * one that can be answered. An answer is routed to that address; only behind the routing does it
 * become the one the socket knows. So route_localnet stays off, and the host's loopback closed.
 *
 *	chain postrouting { type nat hook postrouting priority srcnat; … }
 *
 * masquerades what was marked, and what lost its source.
 */
#include "table_rules.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter_ipv4.h>
#include <string.h>

#include "nft/expr_nat.h"

enum { LATER = 10, STATUS_BOTH = IPS_SRC_NAT | IPS_DST_NAT };

static const struct prefix loopback4 = { { AF_INET, { 127 } }, 8 };
static const struct prefix loopback6 = { { AF_INET6, { [15] = 1 } }, 128 };
static const struct prefix none4 = { { AF_INET, { 0 } }, 32 };
static const struct prefix none6 = { { AF_INET6, { 0 } }, 128 };

const struct nft_base_chain table_chains[TABLE_CHAINS] = {
	{ "prerouting", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST + LATER },
	{ "output", "nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST + LATER },
	{ "loopback", "filter", NF_INET_LOCAL_OUT, NF_IP_PRI_MANGLE },
	{ "replies", "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST + LATER },
	{ "input", "filter", NF_INET_LOCAL_IN, NF_IP_PRI_NAT_SRC + LATER },
	{ "postrouting", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC },
	{ .name = "sources" },
	{ .name = "addresses" },
	{ .name = "ports" },
	{ .name = "address-limits" },
	{ .name = "port-limits" },
	{ .name = "loopback-addresses" },
	{ .name = "loopback-ports" },
};

static const struct prefix *loopback_of(int family)
{
	return family == AF_INET6 ? &loopback6 : &loopback4;
}

static const struct prefix *none_of(int family)
{
	return family == AF_INET6 ? &none6 : &none4;
}

/* meta nfproto ipv4 ip daddr 127.0.0.0/8 accept: no other host may send to these */
static void skip_loopback(struct nftnl_rule *rule, int family, const char *target)
{
	(void)target; /* unused */
	expr_match_family(rule, family);
	expr_match_prefix(rule, EXPR_DADDR, NFT_CMP_EQ, loopback_of(family));
	expr_verdict(rule, NF_ACCEPT);
}

/* fib daddr type != local accept */
static void skip_foreign(struct nftnl_rule *rule, int family, const char *target)
{
	(void)family; /* both */
	(void)target; /* unused */
	expr_match_local(rule, NFT_CMP_NEQ);
	expr_verdict(rule, NF_ACCEPT);
}

/* jump sources */
static void jump(struct nftnl_rule *rule, int family, const char *target)
{
	(void)family; /* both */
	expr_jump(rule, target);
}

/* ip saddr != 127.0.0.0/8 accept */
static void skip_no_loopback(struct nftnl_rule *rule, int family, const char *target)
{
	(void)target; /* unused */
	expr_match_family(rule, family);
	expr_match_prefix(rule, EXPR_SADDR, NFT_CMP_NEQ, loopback_of(family));
	expr_verdict(rule, NF_ACCEPT);
}

/* ip saddr set 0.0.0.0 */
static void clear_source(struct nftnl_rule *rule, int family)
{
	expr_load_value(rule, none_of(family)->addr.bytes, family_size(family), EXPR_A);
	expr_store_address(rule, family, EXPR_SADDR, EXPR_A);
}

/* ct direction original ct status & (snat | dnat) == snat | dnat ip saddr set 0.0.0.0 */
static void clear_known_source(struct nftnl_rule *rule, int family, const char *target)
{
	(void)target; /* unused */
	expr_match_family(rule, family);
	expr_match_ct_direction(rule, EXPR_CT_ORIGINAL);
	expr_match_ct_bits(rule, NFT_CT_STATUS, STATUS_BOTH);
	clear_source(rule, family);
}

/* ct direction reply ct status & (snat | dnat) == snat | dnat ct original ip saddr 127.0.0.0/8 */
static void match_answer(struct nftnl_rule *rule, int family)
{
	const struct prefix *loopback = loopback_of(family);
	struct addr mask = prefix_mask(family, loopback->len);
	struct prefix network = prefix_network(loopback);

	expr_match_family(rule, family);
	expr_match_ct_direction(rule, EXPR_CT_REPLY);
	expr_match_ct_bits(rule, NFT_CT_STATUS, STATUS_BOTH);
	expr_load_ct_address(rule, family, EXPR_SADDR, EXPR_CT_ORIGINAL, EXPR_A);
	if (loopback->len < family_bits(family))
		expr_mask(rule, EXPR_A, mask.bytes, family_size(family));
	expr_match(rule, EXPR_A, NFT_CMP_EQ, network.addr.bytes, family_size(family));
}

/* … ip daddr set ct reply ip daddr */
static void keep_routable(struct nftnl_rule *rule, int family, const char *target)
{
	(void)target; /* unused */
	match_answer(rule, family);
	expr_load_ct_address(rule, family, EXPR_DADDR, EXPR_CT_REPLY, EXPR_A);
	expr_store_address(rule, family, EXPR_DADDR, EXPR_A);
}

/* … ip daddr set ct original ip saddr */
static void restore_loopback(struct nftnl_rule *rule, int family, const char *target)
{
	(void)target; /* unused */
	match_answer(rule, family);
	expr_load_ct_address(rule, family, EXPR_SADDR, EXPR_CT_ORIGINAL, EXPR_A);
	expr_store_address(rule, family, EXPR_DADDR, EXPR_A);
}

/* ip saddr 0.0.0.0 ct status & dnat == dnat masquerade */
static void give_source(struct nftnl_rule *rule, int family, const char *target)
{
	(void)target; /* unused */
	expr_match_family(rule, family);
	expr_match_prefix(rule, EXPR_SADDR, NFT_CMP_EQ, none_of(family));
	expr_match_ct_bits(rule, NFT_CT_STATUS, IPS_DST_NAT);
	expr_masquerade(rule);
}

struct nftnl_rule *table_fixed_rule(size_t i)
{
	static const struct {
		const char *chain;
		void (*build)(struct nftnl_rule *rule, int family, const char *target);
		int family;
		const char *target;
	} rules[TABLE_FIXED_RULES] = {
		{ "prerouting", skip_loopback, AF_INET, NULL },
		{ "prerouting", skip_foreign, AF_UNSPEC, NULL },
		{ "prerouting", jump, AF_UNSPEC, "sources" },
		{ "prerouting", jump, AF_UNSPEC, "addresses" },
		{ "prerouting", jump, AF_UNSPEC, "ports" },
		{ "output", skip_foreign, AF_UNSPEC, NULL },
		{ "output", jump, AF_UNSPEC, "sources" },
		{ "output", jump, AF_UNSPEC, "addresses" },
		{ "output", jump, AF_UNSPEC, "ports" },
		{ "addresses", jump, AF_UNSPEC, "address-limits" },
		{ "ports", jump, AF_UNSPEC, "port-limits" },
		{ "loopback", skip_no_loopback, AF_INET, NULL },
		{ "loopback", skip_no_loopback, AF_INET6, NULL },
		{ "loopback", clear_known_source, AF_INET, NULL },
		{ "loopback", clear_known_source, AF_INET6, NULL },
		{ "loopback", jump, AF_UNSPEC, "loopback-addresses" },
		{ "loopback", jump, AF_UNSPEC, "loopback-ports" },
		{ "loopback-addresses", jump, AF_UNSPEC, "address-limits" },
		{ "loopback-ports", jump, AF_UNSPEC, "port-limits" },
		{ "replies", keep_routable, AF_INET, NULL },
		{ "replies", keep_routable, AF_INET6, NULL },
		{ "input", restore_loopback, AF_INET, NULL },
		{ "input", restore_loopback, AF_INET6, NULL },
		{ "postrouting", give_source, AF_INET, NULL },
		{ "postrouting", give_source, AF_INET6, NULL },
	};
	struct nftnl_rule *rule = nft_rule(&port_table.table, rules[i].chain);

	rules[i].build(rule, rules[i].family, rules[i].target);
	return rule;
}
