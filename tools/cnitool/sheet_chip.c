/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a chip says: its lines, and all else for who points at it. */
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "sheet_chip.h"

enum { MOST_ROUTES = 12, LONGEST_NAME = 26 };

/* At most so many characters, with … at the end of what was longer. Continuation bytes do not
 * count. */
static char *shorten(char *text)
{
	size_t count = 0;

	for (char *c = text; *c; c++) {
		if (((unsigned char)*c & 0xc0) == 0x80 || ++count <= LONGEST_NAME)
			continue;
		*c = '\0';
		return xasprintf("%s…", text);
	}
	return xstrdup(text);
}

char *chip_name(const char *name)
{
	cleanup_free char *visible = foreign(name);

	return shorten(visible);
}

/* Takes `text`. */
void chip_add(struct chip *chip, enum ink ink, int size, char *text)
{
	if (!*text || chip->line_count == CHIP_LINES) {
		free(text);
		return;
	}
	chip->lines[chip->line_count++] = (struct line){ .text = text, .ink = ink, .size = size };
}

static void add_title_row(struct text *title, const char *what, const char *value)
{
	if (*value)
		text_addf(title, "\n%s %s", what, value);
}

static void add_title_routes(struct text *title, const struct space *space, int link)
{
	const struct kernel_routes *both[] = { &space->routes4, &space->routes6 };
	char prefix[PREFIX_TEXT], addr[ADDR_TEXT];
	int shown_routes = 0;

	for (size_t f = 0; f < array_size(both); f++) {
		for (size_t i = 0; i < both[f]->count && shown_routes < MOST_ROUTES; i++) {
			const struct kernel_route *route = &both[f]->items[i];

			if (route->link != link || route->table == RT_TABLE_LOCAL)
				continue;
			text_addf(title, "\nroute %s", prefix_print(&route->dst, prefix));
			if (addr_is_set(&route->gateway))
				text_addf(title, " via %s", addr_print(&route->gateway, addr));
			shown_routes++;
		}
	}
}

static void add_title_owner(struct text *title, const struct space_link *link)
{
	if (!link->network)
		return;
	text_add(title, "\nnetwork ");
	foreign_add(title, link->network);
	text_add(title, "\ncontainer ");
	foreign_add(title, link->container_id);
	text_add(title, "\ninterface ");
	foreign_add(title, link->ifname);
}

char *chip_title(const struct drawing *drawing, const struct space *space,
		 const struct space_link *link)
{
	const struct space_link *peer = picture_at(drawing->picture, link->peer);
	cleanup_text struct text title = { 0 }, part = { 0 };
	char mac[MAC_TEXT];

	foreign_add(&title, link->link.name);
	text_add(&title, " in ");
	foreign_add(&title, space_title(space));
	if (space->container) {
		text_addf(&title, " (%s), namespace ", space->runtime);
		foreign_add(&title, space->name);
	}
	add_title_row(&title, "kind", link->link.kind);
	add_title_row(&title, "state", link->link.flags & IFF_UP ? "up" : "down");
	text_addf(&title, "\nmtu %d", link->link.mtu);
	if (link->link.has_mac)
		add_title_row(&title, "mac", mac_print(link->link.mac, mac));
	add_addresses(link, " ", &part);
	add_title_row(&title, "addresses", part.len ? part.s : "");
	if (peer) {
		text_add(&title, "\nother end ");
		foreign_add(&title, peer->link.name);
		text_add(&title, " in ");
		foreign_add(&title, drawing->picture->spaces[link->peer.space].name);
	}
	add_title_owner(&title, link);
	add_title_routes(&title, space, link->link.index);
	part.len = 0;
	add_ports(link, " ", &part);
	add_title_row(&title, has_ports(drawing->picture, link) ? "publishes" : "should publish",
		      part.len ? part.s : "");
	if (is_masqueraded(drawing->picture, link))
		text_add(&title, "\nmasqueraded");
	return steal(&title.s);
}

void chip_describe_link(struct chip *chip, const struct space *space, const struct space_link *link,
			bool is_crowded)
{
	char text[PREFIX_TEXT], mac[MAC_TEXT];
	int master = space_find_index(space, link->link.master);

	chip_add(chip, INK_NAME, 13, chip_name(link->link.name));
	for (size_t i = 0; i < link->addresses.count && i < 4; i++)
		chip_add(chip, INK_ADDRESS, 11,
			 xstrdup(prefix_print(&link->addresses.items[i].address, text)));
	if (link->link.has_mac && !is_crowded)
		chip_add(chip, INK_FAINT, 9, xstrdup(mac_print(link->link.mac, mac)));
	if (master >= 0) {
		cleanup_free char *of = chip_name(space->links[master].link.name);

		chip_add(chip, INK_FAINT, 9, xasprintf("port of %s", of));
	}
	if (space_link_is_down(link))
		chip_add(chip, INK_BAD, 11, xstrdup("DOWN"));
}

/* Names on the chip, whole sentences for who points at it. */
void chip_add_findings(const struct drawing *drawing, struct chip *chip,
		       const struct space_link *link_or_null)
{
	cleanup_text struct text title = { 0 };
	const struct finding *finding;

	for (size_t at = 0; (finding = blame_next(drawing->blame_or_null, link_or_null, &at));) {
		chip_add(chip, INK_BAD, 9, xasprintf("✗ %s", fault_name(finding->fault)));
		text_addf(&title, "%s✗ %s: %s", title.len || chip->title ? "\n" : "",
			  fault_name(finding->fault), finding->what);
		chip->is_faulty = true;
	}
	if (!title.len)
		return;
	if (chip->title) {
		cleanup_free char *old = chip->title;

		chip->title = xasprintf("%s%s", old, title.s);
		return;
	}
	chip->title = steal(&title.s);
}

/* What is only to be seen at the host's end, and what the attachment asked for. */
void chip_describe_attachment(const struct drawing *drawing, struct chip *chip,
			      const struct space_link *link)
{
	const struct space_link *peer = picture_at(drawing->picture, link->peer);
	cleanup_text struct text ports = { 0 };

	if (peer && link->peer.space == 0) {
		cleanup_free char *via = chip_name(peer->link.name);

		chip_add(chip, INK_FAINT, 9, xasprintf("via %s", via));
		if (peer->vlans)
			chip_add(chip, INK_FAINT, 9, xstrdup(peer->vlans));
		if (!(peer->link.flags & IFF_UP))
			chip_add(chip, INK_BAD, 9, xstrdup("its host end is DOWN"));
	} else if (!peer && *link->link.kind && !text_equal(link->link.kind, "veth")) {
		chip_add(chip, INK_FAINT, 9, xstrdup(link->link.kind));
	}
	add_ports(link, " ", &ports);
	if (!ports.len)
		return;
	chip_add(chip, has_ports(drawing->picture, link) ? INK_PORTS : INK_BAD, 9,
		 shorten(ports.s));
}
