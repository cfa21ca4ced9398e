/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture as JSON. */
#include "draw.h"
#include "types/json.h"

static void add_address_list(struct json_writer *w, const struct space_link *link)
{
	char text[PREFIX_TEXT];

	json_open(w, "addresses", '[');
	for (size_t i = 0; i < link->addresses.count; i++)
		json_string(w, NULL, prefix_print(&link->addresses.items[i].address, text));
	json_close(w, ']');
}

static void add_peer(struct json_writer *w, const struct picture *picture, struct spot peer)
{
	if (peer.space < 0)
		return;
	json_open(w, "peer", '{');
	json_string(w, "namespace", picture->spaces[peer.space].name);
	json_string(w, "name", picture_at(picture, peer)->link.name);
	json_close(w, '}');
}

static void add_attachment(struct json_writer *w, const struct picture *picture,
			   const struct space_link *link)
{
	const cJSON *ports = link->cached ? json_get(link->cached->capabilities, "portMappings")
					  : NULL;

	if (!link->network)
		return;
	json_open(w, "attachment", '{');
	json_string(w, "network", link->network);
	json_string(w, "containerID", link->container_id);
	json_string(w, "ifname", link->ifname);
	json_bool(w, "masqueraded", is_masqueraded(picture, link));
	json_bool(w, "published", has_ports(picture, link));
	if (ports)
		json_value(w, "portMappings", ports);
	json_close(w, '}');
}

/* Only where they were asked for. */
static void add_findings(struct json_writer *w, const struct blame *blame_or_null,
			 const struct space_link *link_or_null)
{
	const struct finding *finding;

	if (!blame_or_null)
		return;
	json_open(w, "findings", '[');
	for (size_t at = 0; (finding = blame_next(blame_or_null, link_or_null, &at));) {
		json_open(w, NULL, '{');
		json_string(w, "name", fault_name(finding->fault));
		json_string(w, "what", finding->what);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void add_link(struct json_writer *w, const struct drawing *drawing,
		     const struct space *space, const struct space_link *link)
{
	const struct picture *picture = drawing->picture;
	int master = space_find_index(space, link->link.master);
	int lower = picture_find_lower(picture, (int)(space - picture->spaces), link);
	char mac[MAC_TEXT];

	json_open(w, NULL, '{');
	json_string(w, "name", link->link.name);
	if (*link->link.kind)
		json_string(w, "kind", link->is_switch ? "openvswitch" : link->link.kind);
	json_bool(w, "up", link->link.flags & IFF_UP);
	json_string(w, "state", operstate_name(link->link.operstate));
	json_integer(w, "mtu", link->link.mtu);
	if (link->link.has_mac)
		json_string(w, "mac", mac_print(link->link.mac, mac));
	if (master >= 0)
		json_string(w, "master", space->links[master].link.name);
	if (link->vlans)
		json_string(w, "vlans", link->vlans);
	if (lower >= 0)
		json_string(w, "standsOn", picture->spaces[0].links[lower].link.name);
	add_address_list(w, link);
	add_peer(w, picture, link->peer);
	add_attachment(w, picture, link);
	add_findings(w, drawing->blame_or_null, link);
	json_close(w, '}');
}

static void add_routes(struct json_writer *w, const struct space *space)
{
	const struct kernel_routes *both[] = { &space->routes4, &space->routes6 };
	char prefix[PREFIX_TEXT], addr[ADDR_TEXT];

	json_open(w, "routes", '[');
	for (size_t f = 0; f < array_size(both); f++) {
		for (size_t i = 0; i < both[f]->count; i++) {
			const struct kernel_route *route = &both[f]->items[i];
			int link = space_find_index(space, route->link);

			json_open(w, NULL, '{');
			json_string(w, "dst", prefix_print(&route->dst, prefix));
			if (addr_is_set(&route->gateway))
				json_string(w, "gw", addr_print(&route->gateway, addr));
			if (link >= 0)
				json_string(w, "dev", space->links[link].link.name);
			json_close(w, '}');
		}
	}
	json_close(w, ']');
}

static void add_space(struct json_writer *w, const struct drawing *drawing,
		      const struct space *space, bool is_host)
{
	json_open(w, NULL, '{');
	json_string(w, "name", space->name);
	if (space->path)
		json_string(w, "path", space->path);
	if (space->container) {
		json_string(w, "container", space->container);
		json_string(w, "runtime", space->runtime);
	}
	json_open(w, "links", '[');
	for (size_t i = 0; i < space->link_count; i++)
		if (!is_host || !drawing->network_or_null || is_drawn(drawing, &space->links[i]))
			add_link(w, drawing, space, &space->links[i]);
	json_close(w, ']');
	add_routes(w, space);
	if (is_host)
		add_findings(w, drawing->blame_or_null, NULL);
	json_close(w, '}');
}

static void add_masquerade(struct json_writer *w, const struct marks *marks)
{
	char text[PREFIX_TEXT];

	json_open(w, "masquerade", '[');
	for (size_t i = 0; i < marks->count; i++) {
		json_open(w, NULL, '{');
		json_string(w, "owner", marks->items[i].owner);
		if (addr_is_set(&marks->items[i].address.addr))
			json_string(w, "address", prefix_print(&marks->items[i].address, text));
		json_close(w, '}');
	}
	json_close(w, ']');
}

void draw_json(const struct drawing *drawing, struct text *out)
{
	const struct picture *picture = drawing->picture;
	struct json_writer w = { .out = out, .visible = true };

	json_open(&w, NULL, '{');
	json_open(&w, "namespaces", '[');
	for (size_t i = 0; i < picture->space_count; i++)
		if (i == 0 || is_space_drawn(drawing, &picture->spaces[i]))
			add_space(&w, drawing, &picture->spaces[i], i == 0);
	json_close(&w, ']');
	add_masquerade(&w, &picture->marks[TABLE_MASQUERADE]);
	json_close(&w, '}');
	text_add(out, "\n");
}
