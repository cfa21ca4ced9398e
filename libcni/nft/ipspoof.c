/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows the entries of the table that stops spoofed addresses, and the sets they stand in:
 *
 *	table bridge cni_ipspoof {
 *		map owners { type ipv6_addr : ifname . ipv6_addr }
 *		set checked { type ifname }			"veth1f0c"
 *		set allowed-ipv4 { type ifname . ipv4_addr }	"veth1f0c" . 10.1.0.5, …
 *		set allowed-ipv6 { type ifname . ipv6_addr }	"veth1f0c" . fd00::5, … . fe80::…
 *		chain source { … }
 *		chain prerouting { … }
 *		chain input { … }
 *	}
 *
 * An entry is a port with an IPv6 address, an IPv4 address in its mapped form, or :: for the port
 * itself. The rules of a set come and go with it.
 */
#include "nft/ipspoof.h"

#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "nft/ipspoof_rules.h"

enum {
	PORT_SIZE = IFNAMSIZ,
	IPV6_SIZE = 16,
	MAPPED_SIZE = 12, /* of what precedes the IPv4 address in a mapped one */
};

static const uint8_t mapped[MAPPED_SIZE] = { [10] = 0xff, [11] = 0xff };
static const uint8_t unspecified[IPV6_SIZE] = { 0 };

static const struct nft_set sets[] = {
	[IPSPOOF_CHECKED] = { .name = "checked",
			      .key_type = NFT_TYPE_IFNAME,
			      .key_size = PORT_SIZE },
	[IPSPOOF_IPV4] = { .name = "allowed-ipv4",
			   .key_type = NFT_TYPE_PAIR(NFT_TYPE_IFNAME, NFT_TYPE_IPV4),
			   .key_size = PORT_SIZE + 4 },
	[IPSPOOF_IPV6] = { .name = "allowed-ipv6",
			   .key_type = NFT_TYPE_PAIR(NFT_TYPE_IFNAME, NFT_TYPE_IPV6),
			   .key_size = PORT_SIZE + IPV6_SIZE },
};

static enum ipspoof_kind kind_of(const struct owned_entry *entry)
{
	const uint8_t *address = entry->bytes + PORT_SIZE;

	if (memcmp(address, unspecified, IPV6_SIZE) == 0)
		return IPSPOOF_CHECKED;
	return memcmp(address, mapped, MAPPED_SIZE) == 0 ? IPSPOOF_IPV4 : IPSPOOF_IPV6;
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

struct nft_set ipspoof_set(enum ipspoof_kind kind)
{
	return sets[kind];
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
	if (kind_of(entry) == IPSPOOF_IPV4)
		memcpy(element.key + PORT_SIZE, entry->bytes + PORT_SIZE + MAPPED_SIZE, 4);
	else if (kind_of(entry) == IPSPOOF_IPV6)
		memcpy(element.key + PORT_SIZE, entry->bytes + PORT_SIZE, IPV6_SIZE);
	return element;
}

static struct nftnl_rule *rule_of(const struct owned_entry *entry, size_t i)
{
	return ipspoof_rule(kind_of(entry), i);
}

static void tell(const struct owned_entry *entry, struct text *ret)
{
	text_addf(ret, "port %s", (const char *)entry->bytes);
}

const struct owned_table ipspoof_table = {
	.table = { NFPROTO_BRIDGE, IPSPOOF_TABLE },
	.words = {
		.add = "cannot add the address check of",
		.read = "cannot read the address check of",
		.remove = "cannot remove the address check of",
		.collect = "cannot clean up address checks of network",
		.lacks = "has no address check",
	},
	.tell = tell,
	.index = OWNED_INDEX(NFT_TYPE_PAIR(NFT_TYPE_IFNAME, NFT_TYPE_IPV6), PORT_SIZE + IPV6_SIZE),
	.chains = ipspoof_chains,
	.chain_count = IPSPOOF_CHAINS,
	.set_count = 1,
	.rule_count = IPSPOOF_RULES,
	.set = set_of,
	.element = element_of,
	.rule = rule_of,
	.fixed_rule_count = IPSPOOF_FIXED_RULES,
	.fixed_rule = ipspoof_fixed_rule,
};

/* fe80:: and the MAC with ff:fe in its middle and one bit turned, as the kernel does it. */
static struct addr link_local(const uint8_t mac[MAC_SIZE])
{
	return (struct addr){ .family = AF_INET6,
			      .bytes = { 0xfe, 0x80, [8] = mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe,
					 mac[3], mac[4], mac[5] } };
}

static void add(const char *port, const struct addr *address, struct owned_entries *ret)
{
	const struct owned_entry entry = entry_of(port, address);

	owned_entries_add(ret, &entry);
}

void ipspoof_add_entries(const struct ipspoof *spec, struct owned_entries *ret)
{
	const struct addr local = link_local(spec->mac), none = { .family = AF_UNSPEC };

	add(spec->port, &none, ret);
	add(spec->port, &local, ret);
	for (size_t i = 0; i < spec->count; i++)
		add(spec->port, &spec->addresses[i].addr, ret);
}
