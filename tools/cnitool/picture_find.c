/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to a picture. None takes longer in proportion to how many containers there are. */
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "picture.h"
#include "places.h"

const char *space_title(const struct space *space)
{
	return space->container ? space->container : space->name;
}

int space_find_link(const struct space *space, const char *name)
{
	return roster_find(&space->names, name);
}

static int compare_index(const void *link, const void *index)
{
	return ((const struct space_link *)link)->link.index < *(const int *)index ? -1 : 0;
}

int space_find_index(const struct space *space, int index)
{
	size_t place = sorted_place(&index, space->links, space->link_count, sizeof(*space->links),
				    compare_index);

	return index > 0 && place < space->link_count && space->links[place].link.index == index
		       ? (int)place
		       : -1;
}

struct space_link *picture_at(const struct picture *picture, struct spot spot)
{
	return spot.space < 0 ? NULL : &picture->spaces[spot.space].links[spot.link];
}

int picture_find_space(const struct picture *picture, const char *path)
{
	struct stat st;

	if (!*path || stat(path, &st) < 0)
		return -1;
	return place_find(picture, &(struct netns_id){ .device = st.st_dev, .inode = st.st_ino });
}

struct spot picture_find_attachment(const struct picture *picture, const struct cached *cached)
{
	struct spot spot = { .space = picture_find_space(picture, cached_netns(cached)),
			     .link = -1 };

	if (spot.space >= 0)
		spot.link = space_find_link(&picture->spaces[spot.space], cached->ifname);
	return spot.link < 0 ? (struct spot)NOWHERE : spot;
}

bool cached_has_interface(const struct cached *cached)
{
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error ignored = { 0 };

	if (!cached->result || cached_result(cached, &result, &ignored) < 0)
		return true;
	for (size_t i = 0; i < result.interface_count; i++)
		if (text_equal(result.interfaces[i].name, cached->ifname))
			return true;
	return result.interface_count == 0;
}

int picture_find_lower(const struct picture *picture, int space, const struct space_link *link)
{
	static const char *const kinds[] = { "macvlan", "macvtap", "ipvlan", "ipvtap", "vlan" };

	if (link->link.peer <= 0 || link->link.peer_is_elsewhere != (space > 0))
		return -1;
	for (size_t i = 0; i < array_size(kinds); i++)
		if (text_equal(link->link.kind, kinds[i]))
			return space_find_index(&picture->spaces[0], link->link.peer);
	return -1;
}

bool link_dies_with_container(const struct link *link)
{
	return !text_equal(link->kind, "ifb");
}

static int compare_owner(const void *mark, const void *owner)
{
	return strcmp(((const struct mark *)mark)->owner, owner);
}

int marks_find(const struct marks *marks, const char *owner, size_t from)
{
	size_t place = sorted_place(owner, marks->items, marks->count, sizeof(*marks->items),
				    compare_owner);

	place = place < from ? from : place;
	return place < marks->count && text_equal(marks->items[place].owner, owner) ? (int)place
										    : -1;
}

const struct cached *picture_find_cached(const struct picture *picture, const char *owner_text)
{
	int at = roster_find(&picture->owners, owner_text);

	return at < 0 ? NULL : &picture->cache.items[at];
}

struct owner cached_owner(const struct cached *cached)
{
	return owner_of(&(struct attachment){ .network = cached->network,
					      .container_id = cached->container_id,
					      .ifname = cached->ifname });
}
