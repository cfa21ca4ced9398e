/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which addresses stand in the table of containers, and whose they are. */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "guard.h"
#include "nft/ask.h"

static struct addr address_of(const uint8_t bytes[16])
{
	struct in6_addr all;
	struct addr addr = { .family = AF_INET6 };

	memcpy(&all, bytes, sizeof(all));
	if (!IN6_IS_ADDR_V4MAPPED(&all)) {
		memcpy(addr.bytes, bytes, sizeof(all));
		return addr;
	}
	addr.family = AF_INET;
	memcpy(addr.bytes, bytes + 12, 4);
	return addr;
}

void addr_list_add(struct addr_list *list, const struct addr *addr)
{
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = *addr;
}

bool addr_list_has(const struct addr_list *list, const struct addr *addr)
{
	for (size_t i = 0; i < list->count; i++) {
		if (addr_equal(&list->items[i], addr))
			return true;
	}
	return false;
}

void addr_list_release(struct addr_list *list)
{
	free(list->items);
}

int guard_read(struct netlink *nft, const char *owner, struct addr_list *ret)
{
	cleanup_entries struct owned_entries entries = { 0 };
	int r = owned_read(nft, guard_tables[0], owner, &entries);

	for (size_t i = 0; i < entries.count; i++) {
		const struct addr addr = address_of(entries.items[i].bytes);

		addr_list_add(ret, &addr);
	}
	return r == -ENOENT ? 0 : r;
}

struct walk {
	guard_address_fn *fn;
	void *data;
};

static int visit(const struct nft_element *element, void *data)
{
	const struct walk *walk = data;
	const struct addr addr = address_of(element->data);

	return walk->fn(element->comment, &addr, walk->data);
}

int guard_each(guard_address_fn *fn, void *data)
{
	struct walk walk = { fn, data };
	const struct owned_table *table = guard_tables[0];
	int r = nft_each_element(&table->table, table->index.name, visit, &walk);

	return r == -ENOENT ? 0 : r;
}
