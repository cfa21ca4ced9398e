/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "floor_rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>

#include "base/text.h"
#include "nft/change.h"

enum { FIRST_PORT = 20000, CONTAINER_PORT = 80 };

const char floor_alias[] = "bench/floor/eth0";

const struct floor_addressing floor_addressings[FLOOR_FAMILIES] = {
	{ AF_INET, "10.99.0.2/16", "10.99.0.1", "0.0.0.0/0" },
	{ AF_INET6, "fd00:99::2/64", "fd00:99::1", "::/0" },
};

bool floor_is_wanted(const struct floor_spec *spec, const struct floor_addressing *addressing)
{
	return addressing->family == AF_INET ? spec->ipv4 : spec->ipv6;
}

struct prefix floor_prefix(const char *text)
{
	struct prefix prefix = { 0 };

	ignore(prefix_parse(text, &prefix)); /* a constant of ours */
	return prefix;
}

static const struct nft_table table = { NFPROTO_INET, "bench" };

/*
 * As many elements as will do: one for the owner and one for each address; one for each port and
 * one for the container that reaches itself through them; one for each address that is let through.
 */
enum { SET_OWNERS, SET_IPV4, SET_IPV6, SET_OPEN_IPV4, SET_OPEN_IPV6, SET_PORTS, SET_HAIRPIN };

static const struct nft_set sets[] = {
	[SET_OWNERS] = { "owners", NFT_TYPE_IPV6, 16, NFT_TYPE_IPV6, 16 },
	[SET_IPV4] = { "ipv4", NFT_TYPE_IPV4, 4, 0, 0 },
	[SET_IPV6] = { "ipv6", NFT_TYPE_IPV6, 16, 0, 0 },
	[SET_OPEN_IPV4] = { "open-ipv4", NFT_TYPE_IPV4, 4, 0, 0 },
	[SET_OPEN_IPV6] = { "open-ipv6", NFT_TYPE_IPV6, 16, 0, 0 },
	[SET_PORTS] = { "ports", NFT_TYPE_PAIR(NFT_TYPE_PROTOCOL, NFT_TYPE_PORT), 8,
			NFT_TYPE_PAIR(NFT_TYPE_IPV4, NFT_TYPE_PORT), 8 },
	[SET_HAIRPIN] = { "hairpin", NFT_TYPE_PAIR(NFT_TYPE_IPV4, NFT_TYPE_IPV4), 8, 0, 0 },
};

static int plan_table(struct netlink *nl, struct nft_batch *batch, void *data)
{
	(void)nl, (void)data;
	nft_add_table(batch, &table);
	for (size_t i = 0; i < array_size(sets); i++)
		nft_add_set(batch, &table, &sets[i]);
	return 0;
}

static struct nft_element element_in(size_t set)
{
	struct nft_element element = { .key_size = sets[set].key_size,
				       .data_size = sets[set].data_size };

	memcpy(element.set, sets[set].name, strlen(sets[set].name) + 1);
	return element;
}

static struct nft_element element_of(const struct floor_addressing *addressing, size_t set)
{
	struct nft_element element = element_in(set);
	const struct prefix address = floor_prefix(addressing->address);

	memcpy(element.key, address.addr.bytes, family_size(address.addr.family));
	if (set == SET_OWNERS || set == SET_OPEN_IPV4 || set == SET_OPEN_IPV6)
		memcpy(element.comment, floor_alias, sizeof(floor_alias));
	return element;
}

/* Each part of a concatenation takes a multiple of four bytes. */
static struct nft_element port_element(uint16_t number)
{
	struct nft_element element = element_in(SET_PORTS);
	const struct prefix address = floor_prefix(floor_addressings[0].address);
	const uint16_t host = htons(FIRST_PORT + number), to = htons(CONTAINER_PORT + number);

	element.key[0] = IPPROTO_TCP;
	memcpy(element.key + 4, &host, sizeof(host));
	memcpy(element.data, address.addr.bytes, 4);
	memcpy(element.data + 4, &to, sizeof(to));
	memcpy(element.comment, floor_alias, sizeof(floor_alias));
	return element;
}

static struct nft_element hairpin_element(void)
{
	struct nft_element element = element_in(SET_HAIRPIN);
	const struct prefix address = floor_prefix(floor_addressings[0].address);

	memcpy(element.key, address.addr.bytes, 4);
	memcpy(element.key + 4, address.addr.bytes, 4);
	memcpy(element.comment, floor_alias, sizeof(floor_alias));
	return element;
}

struct change {
	const struct floor_spec *spec;
	void (*apply)(struct nft_batch *batch, const struct nft_table *table,
		      const struct nft_element *element);
	int rules;
};

static void plan_ports(struct nft_batch *batch, const struct change *change)
{
	const struct nft_element hairpin = hairpin_element();

	change->apply(batch, &table, &hairpin);
	for (uint16_t i = 0; i < change->spec->ports; i++) {
		const struct nft_element port = port_element(i);

		change->apply(batch, &table, &port);
	}
}

static int plan_elements(struct netlink *nl, struct nft_batch *batch, void *data)
{
	const struct change *change = data;
	const size_t first = change->rules == FLOOR_MASQUERADE ? SET_IPV4 : SET_OPEN_IPV4;

	(void)nl;
	if (change->rules == FLOOR_PORTS) {
		plan_ports(batch, change);
		return 0;
	}
	for (size_t i = 0; i < FLOOR_FAMILIES; i++) {
		const struct nft_element owner = element_of(&floor_addressings[i], SET_OWNERS);
		const struct nft_element member = element_of(&floor_addressings[i], first + i);

		if (!floor_is_wanted(change->spec, &floor_addressings[i]))
			continue;
		if (change->rules == FLOOR_MASQUERADE)
			change->apply(batch, &table, &owner);
		change->apply(batch, &table, &member);
	}
	return 0;
}

static bool has_rules(const struct floor_spec *spec, int rules)
{
	return rules == FLOOR_MASQUERADE ? spec->masquerade
	       : rules == FLOOR_PORTS	 ? spec->ports > 0
					 : spec->firewall;
}

int floor_rules_add(struct floors *floors, const struct floor_spec *spec, int rules)
{
	struct change change = { .spec = spec, .apply = nft_add_element, .rules = rules };
	int r;

	if (!has_rules(spec, rules))
		return 0;
	r = floors->has_nft ? 0 : nft_change(&floors->nft[rules], plan_table, NULL);
	if (r < 0 && r != -EEXIST)
		return r;
	floors->has_nft = true;
	return nft_change(&floors->nft[rules], plan_elements, &change);
}

int floor_rules_delete(struct floors *floors, const struct floor_spec *spec, int rules)
{
	struct change change = { .spec = spec, .apply = nft_delete_element, .rules = rules };

	return has_rules(spec, rules) ? nft_change(&floors->nft[rules], plan_elements, &change) : 0;
}
