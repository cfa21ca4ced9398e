/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links that bandwidth sends a container's packets through. They are links of the host alone, so
 * they outlive a container that ended without DEL. Ours tell their owner; the Go plugin's have a
 * name that follows from network and container.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "base/sha512.h"
#include "exam.h"
#include "leases.h"

enum { DIGITS = 12 };

#define PREFIX "bwp"

/* What the Go plugin calls the links of attachments that are known; read when one is met. */
struct known {
	struct network *network;
	struct roster names;
	bool is_read;
};

static void know(struct known *known, const char *network, const char *container_id)
{
	cleanup_free char *hashed = xasprintf("%s%s", network, container_id);
	char digits[DIGITS + 1];

	sha512_hex(hashed, DIGITS, digits);
	roster_add(&known->names, digits, 0);
}

/* The cache has attachments of every network, and so has the host such links. */
static bool is_known(struct known *known, const char *link)
{
	const struct network *network = known->network;
	const struct cache_list *cache = &network->picture->cache;

	for (size_t i = 0; !known->is_read && i < cache->count; i++)
		know(known, cache->items[i].network, cache->items[i].container_id);
	for (size_t i = 0; !known->is_read && i < network->leases.count; i++)
		know(known, network->list->name, network->leases.items[i].container_id);
	if (!known->is_read)
		roster_sort(&known->names);
	known->is_read = true;
	return roster_find(&known->names, link + strlen(PREFIX)) >= 0;
}

static bool is_of_reference(const char *name)
{
	return text_starts_with(name, PREFIX) && strlen(name) == strlen(PREFIX) + DIGITS &&
	       strspn(name + strlen(PREFIX), "0123456789abcdef") == DIGITS;
}

static char *delete_command(const char *name)
{
	cleanup_free char *word = foreign_word(name);

	return xasprintf("ip link del dev %s", word);
}

static void exam_ours(struct network *network, const struct link *link)
{
	if (!owner_text_is_of_network(link->alias, network->list->name) ||
	    !network_owner_is_dead(network, &(struct marks){ 0 }, link->alias))
		return;
	findings_add(network->findings, LINK_ORPHANED, delete_command(link->name),
		     "%s is marked %s, and limits nobody", link->name, link->alias);
}

static void exam_reference_link(struct known *known, const struct link *link)
{
	struct network *network = known->network;

	/* a plugin at work has made it, and the cache hears of it when all plugins are done */
	if (!is_of_reference(link->name) || network->work->count || network_has_nameless(network) ||
	    is_known(known, link->name))
		return;
	findings_add(network->findings, LINK_ORPHANED, delete_command(link->name),
		     "%s is named as the Go plugin bandwidth does for no attachment that is known",
		     link->name);
}

void exam_limits(struct network *network)
{
	const struct space *host = &network->picture->spaces[0];
	struct known known = { .network = network };

	for (size_t i = 0; i < host->link_count; i++) {
		const struct link *link = &host->links[i].link;

		if (!text_equal(link->kind, "ifb"))
			continue;
		network->findings->subject = (uint64_t)link->index;
		if (link->alias[0])
			exam_ours(network, link);
		else
			exam_reference_link(&known, link);
	}
	network->findings->subject = 0;
	roster_release(&known.names);
}
