/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows the sets of the table and what stands in them. They are named after what they are for, as
 * in `ports-ipv4`, `addresses-ipv4` (with hostIP), `from-10.1.0.0/16`, `to-13-ipv4`.
 */
#include "port_table.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "table_rules.h"

enum { WORD = 4, FIRST_BITS = 6 /* of a part in the number of a concatenated type */ };

struct owned_entry port_entry_pack(const struct port_entry *entry, const void *about)
{
	struct owned_entry packed = { .about = about };

	memcpy(packed.bytes, entry, sizeof(*entry));
	return packed;
}

struct port_entry port_entry_unpack(const struct owned_entry *packed)
{
	struct port_entry entry;

	memcpy(&entry, packed->bytes, sizeof(entry));
	return entry;
}

struct owned_entry life_entry_pack(const struct node *netns)
{
	const struct life_entry entry = {
		.kind = PORT_KIND_LIFE,
		.dev = netns->dev,
		.inode = netns->inode,
		.ns_id = netns->ns_id,
		.ctime = netns->ctime,
	};
	struct owned_entry packed = { 0 };

	memcpy(packed.bytes, &entry, sizeof(entry));
	return packed;
}

struct node life_entry_unpack(const struct owned_entry *packed)
{
	struct life_entry entry;

	memcpy(&entry, packed->bytes, sizeof(entry));
	return (struct node){
		.dev = entry.dev, .inode = entry.inode, .ns_id = entry.ns_id, .ctime = entry.ctime
	};
}

/* As if it did not wait. */
static struct port_entry unpack_plain(const struct owned_entry *packed)
{
	struct port_entry entry = port_entry_unpack(packed);

	entry.kind = (uint8_t)(entry.kind & ~OWNED_WAITS);
	return entry;
}

static struct addr addr_of(const uint8_t bytes[16], uint8_t family)
{
	struct addr addr = { .family = family };

	memcpy(addr.bytes, bytes, family_size(family));
	return addr;
}

struct addr port_entry_host(const struct port_entry *entry)
{
	struct addr addr = addr_of(entry->host, entry->family);

	return addr_is_unspecified(&addr) ? (struct addr){ 0 } : addr;
}

struct addr port_entry_container(const struct port_entry *entry)
{
	return addr_of(entry->container, entry->family);
}

bool port_entry_is_specific(const struct port_entry *entry)
{
	struct addr host = port_entry_host(entry);

	return addr_is_set(&host);
}

struct prefix port_entry_subnet(const struct port_entry *entry)
{
	struct prefix prefix = { .addr = port_entry_container(entry), .len = entry->subnet };

	return prefix_network(&prefix);
}

bool port_entry_is_alone(const struct port_entry *entry)
{
	return entry->kind == PORT_KIND_FROM && entry->subnet == family_bits(entry->family);
}

/* "from-10.1.0.0/16", "from-hosts-ipv4" for containers without neighbours, "from-all-ipv4" */
static void name_from(const struct port_entry *entry, struct text *name)
{
	const char *family = entry->family == AF_INET6 ? "ipv6" : "ipv4";
	struct prefix subnet = port_entry_subnet(entry);
	char text[PREFIX_TEXT];

	if (entry->subnet == 0 || port_entry_is_alone(entry))
		text_addf(name, "from-%s-%s", entry->subnet == 0 ? "all" : "hosts", family);
	else
		text_addf(name, "from-%s", prefix_print(&subnet, text));
	text_addf(name, "-mark%d", entry->mark_bit);
}

static void name_limit(const struct port_entry *entry, struct text *name)
{
	text_add(name, "limit-");
	for (size_t i = 0; i < sizeof(entry->conditions); i++)
		text_addf(name, "%02x", entry->conditions[i]);
}

static struct text name_of(const struct port_entry *entry)
{
	const char *family = entry->family == AF_INET6 ? "ipv6" : "ipv4";
	bool is_specific = port_entry_is_specific(entry);
	struct text name = { 0 };

	switch (entry->kind) {
	case PORT_KIND_PORT:
		text_addf(&name, "%s-%s", is_specific ? "addresses" : "ports", family);
		return name;
	case PORT_KIND_LOCAL:
		text_addf(&name, "local-%s-%s", is_specific ? "addresses" : "ports", family);
		return name;
	case PORT_KIND_TO:
		text_addf(&name, "to-%s-mark%d", family, entry->mark_bit);
		return name;
	case PORT_KIND_FROM:
		name_from(entry, &name);
		break;
	default:
		name_limit(entry, &name);
		text_addf(&name, "-%s", family);
	}
	if (is_specific)
		text_add(&name, "-addresses");
	return name;
}

static void add_part(struct nft_set *set, uint32_t type, uint32_t size)
{
	set->key_type = set->key_type << FIRST_BITS | type;
	set->key_size += size;
}

static struct nft_set set_of(const struct owned_entry *packed, size_t i)
{
	struct port_entry entry = unpack_plain(packed);
	cleanup_text struct text name = name_of(&entry);
	bool is_ipv6 = entry.family == AF_INET6;
	uint32_t address = is_ipv6 ? NFT_TYPE_IPV6 : NFT_TYPE_IPV4;
	uint32_t size = family_size(entry.family);
	struct nft_set set = { 0 };

	if (entry.kind == PORT_KIND_LIFE)
		return set;
	(void)i;						  /* there is one */
	(void)snprintf(set.name, sizeof(set.name), "%s", name.s); /* fits */
	for (char *c = set.name; *c; c++) {
		if (*c == ':') /* cannot be part of a name in the nft language */
			*c = '-';
	}
	if (entry.kind == PORT_KIND_TO || port_entry_is_alone(&entry))
		add_part(&set, address, size);
	if (entry.kind == PORT_KIND_TO)
		return set;
	if (port_entry_is_specific(&entry))
		add_part(&set, address, size);
	add_part(&set, NFT_TYPE_PROTOCOL, WORD);
	add_part(&set, NFT_TYPE_PORT, WORD);
	if (entry.kind == PORT_KIND_PORT) {
		set.data_type = NFT_TYPE_PAIR(address, NFT_TYPE_PORT);
		set.data_size = size + WORD;
	}
	return set;
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t size, size_t room)
{
	memcpy(at, bytes, size);
	return at + room;
}

/* Numbers that the IANA has left free: no packet has them, and each entry has its own. */
static uint8_t parked(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? 252 : protocol == IPPROTO_UDP ? 253 : 254;
}

struct nft_element port_element(const struct owned_entry *packed, size_t i)
{
	struct port_entry entry = unpack_plain(packed);
	struct nft_set set = set_of(packed, i);
	size_t size = family_size(entry.family);
	struct nft_element element = { .key_size = set.key_size, .data_size = set.data_size };
	bool waits = packed->bytes[0] & OWNED_WAITS;
	uint8_t *at = element.key;

	if (entry.kind == PORT_KIND_LIFE || (waits && entry.kind != PORT_KIND_LIMIT))
		return (struct nft_element){ 0 };
	if (waits)
		entry.protocol = parked(entry.protocol);
	memcpy(element.set, set.name, sizeof(element.set));
	if (entry.kind == PORT_KIND_TO || port_entry_is_alone(&entry))
		at = put(at, entry.container, size, size);
	if (entry.kind == PORT_KIND_TO)
		return element;
	if (port_entry_is_specific(&entry))
		at = put(at, entry.host, size, size);
	at = put(at, &entry.protocol, sizeof(entry.protocol), WORD);
	(void)put(at, &entry.host_port, sizeof(entry.host_port), WORD);
	if (entry.kind == PORT_KIND_PORT) {
		at = put(element.data, entry.container, size, size);
		(void)put(at, &entry.container_port, sizeof(entry.container_port), WORD);
	}
	return element;
}

/* The port of the host. */
static bool place_of(const struct owned_entry *packed, struct owned_entry *ret)
{
	struct port_entry entry = unpack_plain(packed);
	struct port_entry place = {
		.family = entry.family,
		.protocol = entry.protocol,
		.host_port = entry.host_port,
	};

	if (entry.kind == PORT_KIND_TO || entry.kind == PORT_KIND_LIFE)
		return false;
	memcpy(place.host, entry.host, sizeof(place.host));
	*ret = port_entry_pack(&place, NULL);
	return true;
}

static struct nftnl_rule *rule_of(const struct owned_entry *packed, size_t i)
{
	struct port_entry entry = unpack_plain(packed);
	struct nft_set set = set_of(packed, 0);

	return table_rule(&entry, set.name, packed->about, i);
}

const struct owned_table port_table = {
	.table = { NFPROTO_INET, PORT_TABLE },
	.words = {
		.add = "cannot map ports",
		.read = "cannot read the mapped ports of",
		.remove = "cannot remove the mapped ports of",
		.collect = "cannot clean up the mapped ports of network",
	},
	.index = OWNED_INDEX(NFT_TYPE_PAIR(NFT_TYPE_PAIR(NFT_TYPE_IPV6, NFT_TYPE_IPV6), NFT_TYPE_IPV6),
			     OWNED_ENTRY),
	.more = "owners-more",
	.chains = table_chains,
	.chain_count = TABLE_CHAINS,
	.set_count = 1,
	.rule_count = TABLE_RULES,
	.set = set_of,
	.element = port_element,
	.place = place_of,
	.rule = rule_of,
	.fixed_rule_count = TABLE_FIXED_RULES,
	.fixed_rule = table_fixed_rule,
};

const struct owned_table *const port_tables[1] = { &port_table };
