/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorted once, so that a question costs the same with many containers. */
#include "bearers.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/sorted.h"

static void take_link(struct picture *picture, struct spot spot)
{
	const struct ifaddrs *addresses = &picture_at(picture, spot)->addresses;

	for (size_t i = 0; i < addresses->count; i++) {
		picture->bearers = xgrow(picture->bearers, picture->bearer_count,
					 sizeof(*picture->bearers));
		picture->bearers[picture->bearer_count++] = (struct bearer){
			.addr = addresses->items[i].address.addr, .spot = spot, .item = i
		};
	}
}

static int compare_spots(const struct spot *a, const struct spot *b)
{
	return a->space != b->space ? a->space - b->space : a->link - b->link;
}

static int compare_bearers(const void *a, const void *b)
{
	const struct bearer *left = a, *right = b;

	return addr_compare(&left->addr, &right->addr) ?: compare_spots(&left->spot, &right->spot);
}

void bearers_read(struct picture *picture)
{
	for (size_t i = 0; i < picture->space_count; i++)
		for (size_t j = 0; j < picture->spaces[i].link_count; j++)
			take_link(picture, (struct spot){ .space = (int)i, .link = (int)j });
	if (picture->bearer_count > 1)
		qsort(picture->bearers, picture->bearer_count, sizeof(*picture->bearers),
		      compare_bearers);
}

static int compare_addr(const void *bearer, const void *addr)
{
	return addr_compare(&((const struct bearer *)bearer)->addr, addr);
}

const struct bearer *bearers_find(const struct picture *picture, const struct addr *addr,
				  size_t *ret_count)
{
	size_t first = sorted_place(addr, picture->bearers, picture->bearer_count,
				    sizeof(*picture->bearers), compare_addr);
	size_t end;

	for (end = first; end < picture->bearer_count; end++)
		if (!addr_equal(&picture->bearers[end].addr, addr))
			break;
	*ret_count = end - first;
	return picture->bearers + first;
}
