/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what the index tells about an owner, and where a namespace could live on. */
#include "port_rival.h"

#include <stdio.h>

#include "base/text.h"
#include "net/holders.h"
#include "net/link.h"
#include "nft/owned.h"
#include "port_table.h"

static int has_alias(const struct link *link, void *data)
{
	return text_equal(link->alias, data);
}

/* 1 when a link on the host carries the owner's name, 0 when none, or -errno. */
static int has_link(const char *owner)
{
	cleanup_netlink struct netlink route = NETLINK_CLOSED;

	return netlink_open(&route, NETLINK_ROUTE) ?: link_each(&route, has_alias, (void *)owner);
}

void rival_release(struct rival *rival)
{
	owned_lookup_release(&rival->lookup);
	owned_entries_release(&rival->entries);
	owned_entries_release(&rival->places);
	*rival = (struct rival){ 0 };
}

int rival_read(struct netlink *nft, const char *owner, struct rival *ret)
{
	int r;

	if (text_equal(ret->owner, owner))
		return 0;
	rival_release(ret);
	r = owned_read(nft, &port_table, owner, &ret->entries);
	if (r < 0)
		return r;
	(void)snprintf(ret->owner, sizeof(ret->owner), "%s", owner); /* same room */
	owned_places(&port_table, &ret->entries, false, &ret->places);
	ret->lookup = owned_lookup_of(&ret->places);
	for (size_t i = 0; i < ret->entries.count; i++) {
		struct port_entry entry = port_entry_unpack(&ret->entries.items[i]);

		if (entry.kind == PORT_KIND_PORT)
			ret->has_link |= entry.has_link;
		if (entry.kind != PORT_KIND_LIFE)
			continue;
		ret->has_netns = true;
		ret->netns = life_entry_unpack(&ret->entries.items[i]);
	}
	return 0;
}

bool rival_is_elsewhere(const struct rival *rival, const struct node *own_netns)
{
	return rival->has_netns && own_netns->inode && !node_is_same(&rival->netns, own_netns);
}

/* 1 when nobody holds the namespace, 0 when somebody does or nobody can tell. */
static int is_gone(const struct node *netns)
{
	cleanup_holders struct holders holders = { 0 };
	int lives = node_lives(netns);

	if (lives >= 0)
		return !lives;
	holders_find(&holders);
	return !holders_have(&holders, netns);
}

/* 1 when it is gone, 0 when it lives or nobody can tell, or -errno. */
int rival_is_dead(struct rival *rival, const struct node *own_netns)
{
	int r = 0;

	if (rival->is_judged)
		return rival->is_dead;
	if (rival->has_netns && own_netns->inode && node_is_same(&rival->netns, own_netns))
		r = 0;
	else if (rival->has_netns)
		r = is_gone(&rival->netns);
	else
		r = rival->has_link;
	if (r > 0 && rival->has_link) {
		r = has_link(rival->owner);
		r = r < 0 ? r : r == 0;
	}
	rival->is_judged = r >= 0;
	rival->is_dead = r > 0;
	return r;
}
