/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of our tables in nftables hold something of whom: the index that each of them keeps, map
 * `owners`.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "nft/ask.h"
#include "spaces.h"

enum { MASQUERADE_DATA = 32, MAPPED_BITS = 96 };

struct reading {
	struct marks *into;
	bool is_masquerade;
};

/* The index of cni_masquerade keeps address and netmask as two IPv6 addresses, IPv4 mapped. */
static struct prefix read_prefix(const struct nft_element *element)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct prefix prefix = { .addr.family = AF_INET6 };

	for (size_t i = 16; i < MASQUERADE_DATA; i++)
		prefix.len = (uint8_t)(prefix.len + __builtin_popcount(element->data[i]));
	memcpy(prefix.addr.bytes, element->data, 16);
	if (memcmp(element->data, mapped, sizeof(mapped)) != 0 || prefix.len < MAPPED_BITS)
		return prefix;
	prefix = (struct prefix){ .addr.family = AF_INET,
				  .len = (uint8_t)(prefix.len - MAPPED_BITS) };
	memcpy(prefix.addr.bytes, element->data + sizeof(mapped), 4);
	return prefix;
}

static int take_element(const struct nft_element *element, void *data)
{
	struct reading *reading = data;
	struct marks *into = reading->into;
	struct mark mark = { .owner = xstrdup(element->comment) };

	if (reading->is_masquerade && element->data_size == MASQUERADE_DATA)
		mark.address = read_prefix(element);
	into->items = xgrow(into->items, into->count, sizeof(mark));
	into->items[into->count++] = mark;
	return 0;
}

int marks_read(struct picture *picture, struct cni_error *err)
{
	const struct {
		struct nft_table table;
		struct marks *into;
	} tables[] = {
		{ { NFPROTO_INET, "cni_masquerade" }, &picture->masquerade },
		{ { NFPROTO_INET, "cni_portmap" }, &picture->ports },
		{ { NFPROTO_BRIDGE, "cni_macspoof" }, &picture->macspoof },
	};

	for (size_t i = 0; i < array_size(tables); i++) {
		struct reading reading = { .into = tables[i].into, .is_masquerade = i == 0 };
		int r = nft_each_element(&tables[i].table, "owners", take_element, &reading);

		/* Without nf_tables in the kernel there is nothing of ours either. */
		if (r < 0 && r != -ENOENT && r != -EPROTONOSUPPORT && r != -EOPNOTSUPP)
			return cni_fail(err, CNI_ERR_FIREWALL, -r, "cannot read table %s",
					tables[i].table.name);
	}
	return 0;
}
