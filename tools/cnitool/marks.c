/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of our tables in nftables hold something of whom: the index that each of them keeps, map
 * `owners`; and whose the rules are that firewall has in iptables' chains.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nft/accept_rule.h"
#include "nft/ask.h"
#include "nft/rule_list.h"
#include "spaces.h"

/* How a table's index tells the container's address. */
enum layout {
	TELLS_NOTHING,
	TELLS_PREFIX, /* address and netmask as two IPv6 addresses, IPv4 mapped */
	TELLS_PORT,   /* family in the second byte, the address at the end */
	TELLS_IFNAME, /* an interface's name, then an IPv6 address, IPv4 mapped */
};

enum { ADDRESS_SIZE = 16, MAPPED_SIZE = 12, MAPPED_BITS = 96, PORT_ADDRESS = 32 };

struct reading {
	struct marks *into;
	enum layout layout;
};

static struct prefix read_address(const uint8_t bytes[ADDRESS_SIZE])
{
	static const uint8_t mapped[MAPPED_SIZE] = { [10] = 0xff, [11] = 0xff };
	struct prefix prefix = { .addr.family = AF_INET6, .len = 128 };

	memcpy(prefix.addr.bytes, bytes, ADDRESS_SIZE);
	if (memcmp(bytes, mapped, MAPPED_SIZE) != 0)
		return prefix;
	prefix = (struct prefix){ .addr.family = AF_INET, .len = 32 };
	memcpy(prefix.addr.bytes, bytes + MAPPED_SIZE, ADDRESS_SIZE - MAPPED_SIZE);
	return prefix;
}

static struct prefix read_prefix(const uint8_t bytes[2 * ADDRESS_SIZE])
{
	struct prefix prefix = read_address(bytes);
	unsigned length = 0;

	for (size_t i = ADDRESS_SIZE; i < (size_t)2 * ADDRESS_SIZE; i++)
		length += (unsigned)__builtin_popcount(bytes[i]);
	if (prefix.addr.family == AF_INET)
		length = length < MAPPED_BITS ? 0 : length - MAPPED_BITS;
	prefix.len = (uint8_t)length;
	return prefix;
}

static struct prefix read_port(const uint8_t *bytes)
{
	struct prefix prefix = { .addr.family = bytes[1], .len = bytes[1] == AF_INET6 ? 128 : 32 };

	memcpy(prefix.addr.bytes, bytes + PORT_ADDRESS, family_size(bytes[1]));
	return prefix;
}

static struct prefix read_data(enum layout layout, const struct nft_element *element)
{
	static const size_t sizes[] = {
		[TELLS_PREFIX] = 32, [TELLS_PORT] = 48, [TELLS_IFNAME] = 32
	};

	if (layout == TELLS_NOTHING || element->data_size != sizes[layout])
		return (struct prefix){ 0 };
	if (layout == TELLS_PREFIX)
		return read_prefix(element->data);
	if (layout == TELLS_IFNAME)
		return read_address(element->data + ADDRESS_SIZE);
	if (element->data[1] != AF_INET && element->data[1] != AF_INET6)
		return (struct prefix){ 0 };
	return read_port(element->data);
}

static int take_element(const struct nft_element *element, void *data)
{
	struct reading *reading = data;
	struct marks *into = reading->into;

	into->items = xgrow(into->items, into->count, sizeof(*into->items));
	into->items[into->count++] = (struct mark){
		.owner = xstrdup(element->comment), .address = read_data(reading->layout, element)
	};
	return 0;
}

static bool means_none(int r)
{
	return r == -ENOENT || r == -EPROTONOSUPPORT || r == -EOPNOTSUPP;
}

static int read_forward(struct netlink *nft, uint8_t family, struct marks *into)
{
	const struct nft_table table = { family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4,
					 "filter" };
	cleanup_nft_rules struct nft_rules rules = { 0 };
	int r = nft_list_rules(nft, &table, "CNI-FORWARD", &rules);

	for (size_t i = 0; r == 0 && i < rules.count; i++) {
		struct accept_rule rule;

		if (!accept_rule_read(rules.items[i], family, &rule) || !*rule.owner)
			continue;
		into->items = xgrow(into->items, into->count, sizeof(*into->items));
		into->items[into->count++] = (struct mark){
			.owner = xstrdup(rule.owner),
			.address = { rule.address, (uint8_t)family_bits(family) },
		};
	}
	return means_none(r) ? 0 : r;
}

static int read_forwards(struct marks *into)
{
	cleanup_netlink struct netlink nft = NETLINK_CLOSED;
	int r = netlink_open(&nft, NETLINK_NETFILTER);

	if (r == 0)
		r = read_forward(&nft, AF_INET, into);
	if (r == 0)
		r = read_forward(&nft, AF_INET6, into);
	return means_none(r) ? 0 : r;
}

static int compare_marks(const void *a, const void *b)
{
	const struct mark *left = a, *right = b;

	return strcmp(left->owner, right->owner)
		       ?: addr_compare(&left->address.addr, &right->address.addr);
}

static int read_all(struct picture *picture)
{
	static const enum layout layouts[OUR_TABLES] = {
		[TABLE_MASQUERADE] = TELLS_PREFIX, [TABLE_MACSPOOF] = TELLS_NOTHING,
		[TABLE_IPSPOOF] = TELLS_IFNAME,	   [TABLE_PORTS] = TELLS_PORT,
		[TABLE_FIREWALL] = TELLS_NOTHING,  [TABLE_ISOLATION] = TELLS_NOTHING,
	};

	for (size_t i = 0; i < OUR_TABLES; i++) {
		struct reading reading = { &picture->marks[i], layouts[i] };
		int r = nft_each_element(&our_tables[i].table, "owners", take_element, &reading);

		/* Without nf_tables in the kernel there is nothing of ours either. */
		if (r < 0 && !means_none(r))
			return r;
	}
	return read_forwards(&picture->marks[TABLE_FIREWALL]);
}

int marks_read(struct picture *picture)
{
	int r = read_all(picture);

	for (size_t i = 0; i < OUR_TABLES; i++)
		if (picture->marks[i].count > 1)
			qsort(picture->marks[i].items, picture->marks[i].count,
			      sizeof(*picture->marks[i].items), compare_marks);
	return r;
}
