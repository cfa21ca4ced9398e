/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What proves that an attachment lives, and what that it does not. */
#include "life.h"

#include "bearers.h"

const char *life_name(enum life life)
{
	static const char *const names[] = {
		[LIFE_UNKNOWN] = "unknown", [LIFE_ALIVE] = "alive", [LIFE_DEAD] = "dead"
	};

	return names[life];
}

const struct space_link *picture_find_mark(const struct picture *picture, const char *owner_text)
{
	int at = roster_find(&picture->aliases, owner_text);

	return at < 0 ? NULL : &picture->spaces[0].links[at];
}

bool link_has_addr(const struct space_link *link, const struct addr *addr)
{
	for (size_t i = 0; i < link->addresses.count; i++)
		if (addr_equal(&link->addresses.items[i].address.addr, addr))
			return true;
	return false;
}

bool picture_has_stranger(const struct picture *picture, const struct addr *addr)
{
	size_t count;
	const struct bearer *bearers = bearers_find(picture, addr, &count);

	for (size_t i = 0; i < count; i++)
		if (bearers[i].spot.space > 0 && !picture_at(picture, bearers[i].spot)->network)
			return true;
	return false;
}

/*
 * The Go plugins mark no link, but the result names the host's end of the pair. Its MAC does not
 * count: some hosts give new links another one.
 */
static bool has_host_end(const struct picture *picture, const struct result *result,
			 bool *ret_had_one)
{
	const struct space *host = &picture->spaces[0];

	for (size_t i = 0; i < result->interface_count; i++) {
		const struct result_interface *interface = &result->interfaces[i];
		const struct space_link *end;
		int at;

		if (!text_is_empty(interface->sandbox))
			continue;
		*ret_had_one = true;
		at = space_find_link(host, interface->name);
		end = picture_at(picture, (struct spot){ .space = at < 0 ? -1 : 0, .link = at });
		if (end && text_equal(end->link.kind, "veth"))
			return true;
	}
	return false;
}

static bool could_be_elsewhere(const struct picture *picture, const struct result *result)
{
	for (size_t i = 0; i < result->ip_count; i++)
		if (picture_has_stranger(picture, &result->ips[i].address.addr))
			return true;
	return false;
}

enum life attachment_life(const struct picture *picture, const struct cached *cached)
{
	const char *netns = cached_netns(cached);
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error ignored = { 0 };
	struct owner owner = cached_owner(cached);
	bool is_there = picture_find_space(picture, netns) >= 0;
	bool had_host_end = false;

	if (picture_find_attachment(picture, cached).space >= 0 ||
	    (is_there && !cached_has_interface(cached)) || picture_find_mark(picture, owner.text))
		return LIFE_ALIVE;
	if (!cached->result || cached_result(cached, &result, &ignored) < 0)
		return LIFE_UNKNOWN;
	if (has_host_end(picture, &result, &had_host_end))
		return LIFE_ALIVE;
	if (is_there) /* without one it may only have been renamed */
		return had_host_end ? LIFE_DEAD : LIFE_UNKNOWN;
	if (!*netns || picture->has_unseen || could_be_elsewhere(picture, &result))
		return LIFE_UNKNOWN;
	return LIFE_DEAD;
}
