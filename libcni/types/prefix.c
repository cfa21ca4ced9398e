/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks: masks, edges, and what lies in what. */
#include <string.h>

#include "types/addr.h"

struct addr prefix_mask(int family, unsigned len)
{
	struct addr mask = { .family = (uint8_t)family };
	unsigned left = len < family_bits(family) ? len : family_bits(family);

	memset(mask.bytes, 0xff, left / 8);
	if (left % 8)
		mask.bytes[left / 8] = (uint8_t)(0xff << (8 - left % 8));
	return mask;
}

struct prefix prefix_network(const struct prefix *prefix)
{
	struct addr mask = prefix_mask(prefix->addr.family, prefix->len);
	struct prefix network = *prefix;

	for (unsigned i = 0; i < sizeof(mask.bytes); i++)
		network.addr.bytes[i] &= mask.bytes[i];
	return network;
}

struct addr prefix_last(const struct prefix *prefix)
{
	struct addr mask = prefix_mask(prefix->addr.family, prefix->len);
	struct addr last = prefix->addr;

	for (unsigned i = 0; i < family_size(last.family); i++)
		last.bytes[i] |= (uint8_t)~mask.bytes[i];
	return last;
}

bool prefix_contains(const struct prefix *prefix, const struct addr *addr)
{
	const struct prefix other = { .addr = *addr, .len = prefix->len };
	struct prefix a = prefix_network(prefix);
	struct prefix b = prefix_network(&other);

	return addr_equal(&a.addr, &b.addr);
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && addr_equal(&a->addr, &b->addr);
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return a->len < b->len ? prefix_contains(a, &b->addr) : prefix_contains(b, &a->addr);
}

bool prefix_is_default(const struct prefix *prefix)
{
	return prefix->len == 0 && addr_is_unspecified(&prefix->addr);
}

struct prefix prefix_host(const struct addr *addr)
{
	return (struct prefix){ .addr = *addr, .len = (uint8_t)family_bits(addr->family) };
}
