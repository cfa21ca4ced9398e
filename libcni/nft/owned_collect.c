/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how GC finds the owners in an owned table that are to go. */
#include <errno.h>

#include "base/alloc.h"
#include "nft/ask.h"
#include "nft/change.h"
#include "nft/owned_request.h"
#include "types/owner.h"

enum { COLLECTED_AT_ONCE = 16 };

struct collection {
	const struct owned_table *table;
	const char *network;
	owner_keep_fn *keep;
	void *data;
	char **owners;
	size_t count;
};

static void collection_release(struct collection *collection)
{
	for (size_t i = 0; i < collection->count; i++)
		free(collection->owners[i]);
	free(collection->owners);
}

static int collect_owner(const struct nft_element *element, void *data)
{
	struct collection *collection = data;
	const char *owner = element->comment;

	if (!owner_text_is_of_network(owner, collection->network) ||
	    !owned_index_is_first(collection->table, element) ||
	    collection->keep(owner, collection->data))
		return 0;
	collection->owners = xgrow(collection->owners, collection->count,
				   sizeof(*collection->owners));
	collection->owners[collection->count++] = xstrdup(owner);
	return 0;
}

static int collect_from(struct netlink *nl, struct collection *collection)
{
	const struct owned_table *table = collection->table;
	int r = nft_each_element(&table->table, table->index.name, collect_owner, collection);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (size_t i = 0; i < collection->count; i += COLLECTED_AT_ONCE) {
		size_t left = collection->count - i;

		r = owned_delete_from(nl, (const char *const *)collection->owners + i,
				      left < COLLECTED_AT_ONCE ? left : COLLECTED_AT_ONCE, table);
		if (r < 0)
			return r;
	}
	return 0;
}

int owned_collect(struct netlink *nl, const char *network, owner_keep_fn *keep, void *data,
		  const struct owned_table *const *tables, size_t count, struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		cleanup_with(collection_release) struct collection collection = {
			.table = tables[i], .network = network, .keep = keep, .data = data
		};
		int r = collect_from(nl, &collection);

		if (r < 0)
			(void)nft_fail(nl, &more, r, "%s %s", tables[i]->words.collect, network);
		result = cni_error_collect(err, &more, result, r);
	}
	return result;
}
