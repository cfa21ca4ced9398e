/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How namespaces are put together: which links are two ends of one pair, and which attachment they
 * are of. */
#include "picture.h"

#include <linux/if_link.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "bearers.h"
#include "called.h"
#include "spaces.h"
#include "switches.h"

static bool is_pair_of(const struct link *a, const struct link *b)
{
	return a->peer == b->index && b->peer == a->index && text_equal(b->kind, "veth");
}

static void join(struct picture *picture, struct spot a, struct spot b)
{
	if (a.space < 0 || b.space < 0)
		return;
	picture_at(picture, a)->peer = b;
	picture_at(picture, b)->peer = a;
}

/* By which number the host's kernel knows a space. */
struct numbered {
	int nsid, space;
};

static int compare_numbered(const void *a, const void *b)
{
	const struct numbered *left = a, *right = b;

	return (left->nsid > right->nsid) - (left->nsid < right->nsid);
}

/* The host's kernel tells in which namespace the other end is, and its index there. */
static void join_host(struct picture *picture)
{
	cleanup_free struct numbered *numbered = xcalloc(picture->space_count, sizeof(*numbered));
	struct space *host = &picture->spaces[0];
	size_t count = picture->space_count - 1;

	for (size_t i = 0; i < count; i++)
		numbered[i] = (struct numbered){ picture->spaces[i + 1].nsid, (int)i + 1 };
	if (count > 1)
		qsort(numbered, count, sizeof(*numbered), compare_numbered);
	for (size_t i = 0; i < host->link_count; i++) {
		const struct link *link = &host->links[i].link;
		const struct numbered wanted = { .nsid = link->peer_netns };
		const struct numbered *found;
		int at;

		if (!text_equal(link->kind, "veth") || !link->peer_is_elsewhere ||
		    link->peer_netns < 0 || count == 0)
			continue;
		found = bsearch(&wanted, numbered, count, sizeof(*numbered), compare_numbered);
		at = found ? space_find_index(&picture->spaces[found->space], link->peer) : -1;
		if (at >= 0)
			join(picture, (struct spot){ 0, (int)i },
			     (struct spot){ found->space, at });
	}
}

/*
 * Between two containers the indexes decide, which either of them can choose: nothing but a drawing
 * may rest on that. The host's links have been joined before.
 */
static struct spot find_peer(const struct picture *picture, struct spot of)
{
	const struct link *link = &picture_at(picture, of)->link;

	if (!link->peer_is_elsewhere)
		return (struct spot)NOWHERE; /* a pair within one namespace is drawn as two links */
	for (size_t i = 1; i < picture->space_count; i++) {
		const struct space *space = &picture->spaces[i];
		int found = (int)i == of.space ? -1 : space_find_index(space, link->peer);

		if (found >= 0 && space->links[found].peer.space < 0 &&
		    is_pair_of(link, &space->links[found].link))
			return (struct spot){ .space = (int)i, .link = found };
	}
	return (struct spot)NOWHERE;
}

static void join_pairs(struct picture *picture)
{
	join_host(picture);
	for (size_t i = 1; i < picture->space_count; i++) {
		for (size_t j = 0; j < picture->spaces[i].link_count; j++) {
			struct spot spot = { .space = (int)i, .link = (int)j };
			const struct space_link *link = picture_at(picture, spot);

			if (text_equal(link->link.kind, "veth") && link->peer.space < 0)
				join(picture, spot, find_peer(picture, spot));
		}
	}
}

static void set_owner(struct space_link *link, const char *network, const char *container_id,
		      const char *ifname)
{
	if (link->network)
		return;
	link->network = xstrdup(network);
	link->container_id = xstrdup(container_id);
	link->ifname = xstrdup(ifname);
}

/* network/container/interface, the mark of a port of ours. */
static void read_alias(struct space_link *link)
{
	cleanup_free char *alias = xstrdup(link->link.alias);
	char *id = strchr(alias, '/');
	char *ifname = id ? strchr(id + 1, '/') : NULL;

	if (!text_equal(link->link.kind, "veth") || !ifname || strchr(ifname + 1, '/'))
		return;
	*id = *ifname = '\0';
	set_owner(link, alias, id + 1, ifname + 1);
}

static void assign_attachments(struct picture *picture)
{
	for (size_t i = 0; i < picture->cache.count; i++) {
		const struct cached *cached = &picture->cache.items[i];
		struct spot spot = picture_find_attachment(picture, cached);
		struct space_link *link = picture_at(picture, spot);

		if (!link || spot.space == 0)
			continue;
		link->cached = cached;
		set_owner(link, cached->network, cached->container_id, cached->ifname);
	}
}

/* What one end knows of its owner holds for the other. */
static void share_owners(struct picture *picture)
{
	for (size_t i = 0; i < picture->space_count; i++) {
		for (size_t j = 0; j < picture->spaces[i].link_count; j++) {
			struct space_link *link = &picture->spaces[i].links[j];
			struct space_link *peer = picture_at(picture, link->peer);

			if (peer && link->network)
				set_owner(peer, link->network, link->container_id, link->ifname);
		}
	}
}

static void list_names(struct picture *picture)
{
	const struct space *host = &picture->spaces[0];

	for (size_t i = 0; i < picture->cache.count; i++) {
		const struct cached *cached = &picture->cache.items[i];
		cleanup_free char *holder = xasprintf("%s/%s", cached->network,
						      cached->container_id);

		roster_add(&picture->owners, cached_owner(cached).text, i);
		roster_add(&picture->holders, holder, i);
	}
	for (size_t i = 0; i < host->link_count; i++)
		if (*host->links[i].link.alias && link_dies_with_container(&host->links[i].link))
			roster_add(&picture->aliases, host->links[i].link.alias, i);
	roster_sort(&picture->owners);
	roster_sort(&picture->holders);
	roster_sort(&picture->aliases);
}

int picture_take(const char *cache_folder, enum picture_extent extent, struct picture *ret,
		 struct cni_error *err)
{
	cleanup_picture struct picture picture = { .extent = extent };
	int r = cache_list(cache_folder, NULL, &picture.cache, err) ?: spaces_read(&picture, err);

	if (r < 0)
		return r;
	list_names(&picture);
	switches_read(&picture.spaces[0]);
	picture.marks_error = marks_read(&picture);
	for (size_t i = 0; i < picture.spaces[0].link_count; i++)
		read_alias(&picture.spaces[0].links[i]);
	join_pairs(&picture);
	assign_attachments(&picture);
	share_owners(&picture);
	spaces_call(&picture);
	bearers_read(&picture);
	*ret = picture;
	picture = (struct picture){ 0 };
	return 0;
}

bool picture_belongs(const struct picture *picture, const struct space_link *link,
		     const char *network_or_null)
{
	const struct space_link *peer = picture_at(picture, link->peer);

	if (link->gateway_of && (!network_or_null || text_equal(link->gateway_of, network_or_null)))
		return true;
	if (!network_or_null)
		return link->network || (peer && peer->network);
	return (link->network && text_equal(link->network, network_or_null)) ||
	       (peer && peer->network && text_equal(peer->network, network_or_null));
}

static void space_release(struct space *space)
{
	for (size_t i = 0; i < space->link_count; i++) {
		ifaddrs_release(&space->links[i].addresses);
		free(space->links[i].vlans);
		free(space->links[i].gateway_of);
		free(space->links[i].network);
		free(space->links[i].container_id);
		free(space->links[i].ifname);
	}
	free(space->links);
	roster_release(&space->names);
	free(space->name);
	free(space->path);
	free(space->container);
	kernel_routes_release(&space->routes4);
	kernel_routes_release(&space->routes6);
	fixed_neighbours_release(&space->fixed);
}

static void marks_release(struct marks *marks)
{
	for (size_t i = 0; i < marks->count; i++)
		free(marks->items[i].owner);
	free(marks->items);
}

void picture_release(struct picture *picture)
{
	for (size_t i = 0; i < picture->space_count; i++)
		space_release(&picture->spaces[i]);
	free(picture->spaces);
	free(picture->places);
	free(picture->bearers);
	roster_release(&picture->owners);
	roster_release(&picture->holders);
	roster_release(&picture->aliases);
	cache_list_release(&picture->cache);
	for (size_t i = 0; i < OUR_TABLES; i++)
		marks_release(&picture->marks[i]);
}
