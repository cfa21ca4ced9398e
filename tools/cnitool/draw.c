/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a picture is worth drawing, and how its parts are worded. */
#include "draw.h"

#include <linux/rtnetlink.h>

#include "base/foreign.h"
#include "types/json.h"

static bool has_drawn_ports(const struct drawing *drawing, const struct space *space, int bridge)
{
	for (size_t i = 0; i < space->link_count; i++)
		if (space->links[i].link.master == bridge &&
		    (!drawing->network_or_null ||
		     picture_belongs(drawing->picture, &space->links[i], drawing->network_or_null)))
			return true;
	return false;
}

static bool is_uplink(const struct space *space, int index)
{
	const struct kernel_routes *both[] = { &space->routes4, &space->routes6 };

	for (size_t f = 0; f < array_size(both); f++)
		for (size_t i = 0; i < both[f]->count; i++)
			if (both[f]->items[i].link == index &&
			    prefix_is_default(&both[f]->items[i].dst))
				return true;
	return false;
}

/* Containers of the network stand on it. */
static bool has_drawn_guests(const struct drawing *drawing, const struct space_link *lower)
{
	const struct picture *picture = drawing->picture;
	const int at = (int)(lower - picture->spaces[0].links);

	for (size_t s = 1; s < picture->space_count; s++) {
		for (size_t i = 0; i < picture->spaces[s].link_count; i++) {
			const struct space_link *link = &picture->spaces[s].links[i];

			if (picture_belongs(picture, link, drawing->network_or_null) &&
			    picture_find_lower(picture, (int)s, link) == at)
				return true;
		}
	}
	return false;
}

bool is_drawn(const struct drawing *drawing, const struct space_link *link)
{
	const struct space *host = &drawing->picture->spaces[0];

	if (link->link.flags & IFF_LOOPBACK)
		return false;
	if (!drawing->network_or_null)
		return true;
	return is_uplink(host, link->link.index) ||
	       has_drawn_ports(drawing, host, link->link.index) ||
	       has_drawn_guests(drawing, link) ||
	       picture_belongs(drawing->picture, link, drawing->network_or_null);
}

bool is_space_drawn(const struct drawing *drawing, const struct space *space)
{
	if (!drawing->network_or_null)
		return true;
	for (size_t i = 0; i < space->link_count; i++)
		if (picture_belongs(drawing->picture, &space->links[i], drawing->network_or_null))
			return true;
	return false;
}

void add_addresses(const struct space_link *link, const char *separator, struct text *out)
{
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < link->addresses.count; i++)
		text_addf(out, "%s%s", i > 0 ? separator : "",
			  prefix_print(&link->addresses.items[i].address, text));
}

void add_default_routes(const struct space *space, int link, const char *separator,
			struct text *out)
{
	const struct kernel_routes *both[] = { &space->routes4, &space->routes6 };
	const char *between = "";
	char text[ADDR_TEXT];

	for (size_t f = 0; f < array_size(both); f++) {
		for (size_t i = 0; i < both[f]->count; i++) {
			const struct kernel_route *route = &both[f]->items[i];

			if (!prefix_is_default(&route->dst) || (link && route->link != link) ||
			    route->table != RT_TABLE_MAIN || !addr_is_set(&route->gateway))
				continue;
			text_addf(out, "%s%s", between, addr_print(&route->gateway, text));
			between = separator;
		}
	}
}

static const char *string_of(const cJSON *object, const char *key, const char *otherwise)
{
	const cJSON *value = json_get(object, key);

	return cJSON_IsString(value) ? value->valuestring : otherwise;
}

static long number_of(const cJSON *object, const char *key)
{
	long number = 0;

	return json_is_integer(json_get(object, key), &number) ? number : 0;
}

void add_ports(const struct space_link *link, const char *separator, struct text *out)
{
	const cJSON *list = link->cached ? json_get(link->cached->capabilities, "portMappings")
					 : NULL;
	const char *between = "";

	for (const cJSON *item = list ? list->child : NULL; item;
	     item = item->next, between = separator) {
		const char *address = string_of(item, "hostIP", "");

		text_add(out, between);
		foreign_add(out, address);
		text_addf(out, "%s%ld→%ld/", *address ? ":" : "", number_of(item, "hostPort"),
			  number_of(item, "containerPort"));
		foreign_add(out, string_of(item, "protocol", "tcp"));
	}
}

static bool has_mark(const struct marks *marks, const struct space_link *link)
{
	struct owner owner;

	if (!link->network)
		return false;
	owner = owner_of(&(struct attachment){ .network = link->network,
					       .container_id = link->container_id,
					       .ifname = link->ifname });
	return marks_find(marks, owner.text, 0) >= 0;
}

bool is_masqueraded(const struct picture *picture, const struct space_link *link)
{
	return has_mark(&picture->marks[TABLE_MASQUERADE], link);
}

bool has_ports(const struct picture *picture, const struct space_link *link)
{
	return has_mark(&picture->marks[TABLE_PORTS], link);
}
