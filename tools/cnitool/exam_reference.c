/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the Go plugins left in nftables of attachments that neither cache nor runtime knows. */
#include "base/alloc.h"
#include "exam.h"
#include "host/leftovers.h"
#include "leases.h"

struct known {
	struct attachment *items;
	size_t count;
};

static void know(struct known *known, const char *network, const char *container_id,
		 const char *ifname)
{
	known->items = xgrow(known->items, known->count, sizeof(*known->items));
	known->items[known->count++] = (struct attachment){ .network = network,
							    .container_id = container_id,
							    .ifname = ifname };
}

static void known_release(struct known *known)
{
	free(known->items);
}

static void take_leftover(const char *what, const char *command, void *data)
{
	struct network *network = data;

	findings_add(network->findings, REFERENCE_RULES, xstrdup(command), "%s", what);
}

/* An attachment made by hand has no cache, but a lease, which is judged on its own. */
static void read_leases(const struct network *network, struct held_leases *leases)
{
	for (size_t i = 0; i < network->list->plugin_count; i++) {
		const cJSON *ipam = host_local_of(&network->list->plugins[i]);

		if (ipam)
			ignore(held_leases_read(ipam, network->list->name, leases));
	}
}

/* The caller frees the list. */
static const char **list_bridges(const struct network *network, size_t *ret_count)
{
	const struct space *host = &network->picture->spaces[0];
	const char **names = xcalloc(host->link_count + 1, sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < host->link_count; i++) {
		if (text_equal(host->links[i].link.kind, "bridge"))
			names[count++] = host->links[i].link.name;
	}
	*ret_count = count;
	return names;
}

void exam_reference(struct network *network)
{
	const struct cache_list *cache = &network->picture->cache;
	cleanup_with(known_release) struct known known = { 0 };
	cleanup_leases struct held_leases leases = { 0 };
	const char *name = network->list->name;
	size_t bridge_count;
	cleanup_free const char **bridges = list_bridges(network, &bridge_count);

	if (network_has_nameless(network))
		return;
	read_leases(network, &leases);
	for (size_t i = 0; i < cache->count; i++)
		know(&known, cache->items[i].network, cache->items[i].container_id,
		     cache->items[i].ifname);
	for (size_t i = 0; i < leases.count; i++)
		know(&known, name, leases.items[i].container_id, leases.items[i].ifname);
	/* in most of their names there is no interface */
	for (size_t i = 0; i < network->work->count; i++)
		know(&known, name, network->work->ids[i], "");
	/* what cannot be read is not blamed */
	ignore(reference_leftovers(&network->nft, known.items, known.count, bridges, bridge_count,
				   take_leftover, network));
}
