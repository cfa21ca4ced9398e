/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A picture as a tree for a terminal: the host with its links, below them what hangs on them,
 * then what hangs on nothing.
 */
#include "base/alloc.h"
#include "base/foreign.h"
#include "draw.h"

enum colour { PLAIN, NAME, ADDRESS, BAD, FAINT };

struct tree {
	const struct drawing *drawing;
	struct text *out;
};

static void add(const struct tree *tree, enum colour colour, const char *text)
{
	static const char *const codes[] = { [NAME] = "\033[1;36m",
					     [ADDRESS] = "\033[32m",
					     [BAD] = "\033[1;31m",
					     [FAINT] = "\033[2m" };

	if (colour == PLAIN || !tree->drawing->has_colour)
		text_add(tree->out, text);
	else
		text_addf(tree->out, "%s%s\033[0m", codes[colour], text);
}

/* A name is anybody's choice. */
static void add_name(const struct tree *tree, const char *name)
{
	cleanup_free char *shown = foreign(name);

	add(tree, NAME, shown);
}

/* What doctor found of it; of the host as a whole: NULL. */
static void add_findings(const struct tree *tree, const struct space_link *link_or_null)
{
	const struct finding *finding;

	for (size_t at = 0;
	     (finding = blame_next(tree->drawing->blame_or_null, link_or_null, &at));) {
		cleanup_free char *mark = xasprintf("  ✗ %s", fault_name(finding->fault));

		add(tree, BAD, mark);
	}
}

static void add_link(const struct tree *tree, const struct space_link *link)
{
	cleanup_text struct text addresses = { 0 };

	add_addresses(link, "  ", &addresses);
	if (addresses.len) {
		add(tree, PLAIN, "  ");
		add(tree, ADDRESS, addresses.s);
	}
	if (space_link_is_down(link))
		add(tree, BAD, "  DOWN");
	add_findings(tree, link);
}

static void add_item(struct text *line, const char *format, const char *value)
{
	text_add(line, line->len ? ", " : "");
	text_add(line, format);
	text_add(line, value);
}

/* network containers, default via 10.22.0.1, masqueraded, publishes 8080→80/tcp */
static void add_remarks(const struct tree *tree, const char *indent, const struct space *space,
			const struct space_link *link)
{
	cleanup_text struct text line = { 0 }, gateways = { 0 }, ports = { 0 };
	cleanup_free char *network = link->network ? foreign(link->network) : NULL;

	add_default_routes(space, link->link.index, " and ", &gateways);
	add_ports(link, " ", &ports);
	if (network)
		add_item(&line, "network ", network);
	if (gateways.len)
		add_item(&line, "default via ", gateways.s);
	if (is_masqueraded(tree->drawing->picture, link))
		add_item(&line, "masqueraded", "");
	if (ports.len)
		add_item(&line,
			 has_ports(tree->drawing->picture, link) ? "publishes " : "should publish ",
			 ports.s);
	if (!line.len)
		return;
	add(tree, FAINT, indent);
	add(tree, FAINT, line.s);
	add(tree, PLAIN, "\n");
}

/* ── eth0 in red  10.22.0.5/16 */
static void add_peer(const struct tree *tree, const struct space_link *link)
{
	const struct space_link *peer = picture_at(tree->drawing->picture, link->peer);

	if (!peer)
		return;
	add(tree, PLAIN, " ── ");
	add_name(tree, peer->link.name);
	add(tree, PLAIN, " in ");
	add_name(tree, space_title(&tree->drawing->picture->spaces[link->peer.space]));
	add_link(tree, peer);
}

/* What is not told by where it is drawn. */
static void add_kind(const struct tree *tree, const struct space_link *link)
{
	static const char *const kinds[] = { "bridge", "vrf", "macvlan", "ipvlan", "vlan", "tun" };

	if (link->is_switch) {
		add(tree, PLAIN, "  bridge of Open vSwitch");
		return;
	}
	for (size_t i = 0; i < array_size(kinds); i++) {
		if (!text_equal(link->link.kind, kinds[i]))
			continue;
		add(tree, PLAIN, "  ");
		add(tree, PLAIN,
		    text_equal(kinds[i], "tun") && link->link.has_mac ? "tap" : kinds[i]);
	}
}

static void draw_branch(const struct tree *tree, const char *indent, bool is_last,
			const struct space_link *link)
{
	cleanup_free char *below = xasprintf("%s%s    ", indent, is_last ? " " : "│");
	const struct space_link *peer = picture_at(tree->drawing->picture, link->peer);

	add(tree, FAINT, indent);
	add(tree, FAINT, is_last ? "└─ " : "├─ ");
	add_name(tree, link->link.name);
	add_kind(tree, link);
	add_link(tree, link);
	if (link->vlans) {
		add(tree, PLAIN, "  ");
		add(tree, FAINT, link->vlans);
	}
	add_peer(tree, link);
	add(tree, PLAIN, "\n");
	if (peer && link->peer.space > 0)
		add_remarks(tree, below, &tree->drawing->picture->spaces[link->peer.space], peer);
}

/* What stands on a link of the host: eth0 in red  macvlan  192.0.2.100/24 */
static void draw_guest(const struct tree *tree, const char *indent, bool is_last,
		       const struct space *space, const struct space_link *link)
{
	cleanup_free char *below = xasprintf("%s%s    ", indent, is_last ? " " : "│");

	add(tree, FAINT, indent);
	add(tree, FAINT, is_last ? "└─ " : "├─ ");
	add_name(tree, link->link.name);
	add(tree, PLAIN, " in ");
	add_name(tree, space_title(space));
	add_kind(tree, link);
	add_link(tree, link);
	add(tree, PLAIN, "\n");
	add_remarks(tree, below, space, link);
}

/* Counted, and drawn once it is known how many there are. */
static size_t draw_guests(const struct tree *tree, const char *indent, int lower, size_t count)
{
	const struct drawing *drawing = tree->drawing;
	const struct picture *picture = drawing->picture;
	size_t found = 0;

	for (size_t s = 1; lower >= 0 && s < picture->space_count; s++) {
		const struct space *space = &picture->spaces[s];

		for (size_t i = 0; i < space->link_count; i++) {
			const struct space_link *link = &space->links[i];

			if (picture_find_lower(picture, (int)s, link) != lower ||
			    (drawing->network_or_null &&
			     !picture_belongs(picture, link, drawing->network_or_null)))
				continue;
			found++;
			if (count)
				draw_guest(tree, indent, found == count, space, link);
		}
	}
	return found;
}

/* A port hangs on its bridge or VRF, and what stands on a link of the host on that. */
static bool hangs_on(const struct tree *tree, int space_at, const struct space_link *link,
		     int above)
{
	const struct picture *picture = tree->drawing->picture;
	int lower = space_at == 0 && !link->link.master ? picture_find_lower(picture, 0, link) : -1;

	if (lower >= 0)
		return picture->spaces[0].links[lower].link.index == above;
	return link->link.master == above;
}

/* The links of a namespace below one of them (-1: those below none). */
static void draw_links(const struct tree *tree, const char *indent, int space_at, int above)
{
	const struct space *space = &tree->drawing->picture->spaces[space_at];
	const int index = above < 0 ? 0 : space->links[above].link.index;
	const int lower = space_at == 0 ? above : -1;
	const size_t guests = draw_guests(tree, indent, lower, 0);
	int last = -1;

	for (size_t i = 0; i < space->link_count; i++)
		if (hangs_on(tree, space_at, &space->links[i], index) &&
		    (space_at > 0 || is_drawn(tree->drawing, &space->links[i])))
			last = (int)i;
	for (int i = 0; i <= last; i++) {
		const struct space_link *link = &space->links[i];
		const bool is_last = i == last && !guests;
		cleanup_free char *below = xasprintf("%s%s", indent, is_last ? "   " : "│  ");

		if (!hangs_on(tree, space_at, link, index) ||
		    (space_at == 0 && !is_drawn(tree->drawing, link)))
			continue;
		draw_branch(tree, indent, is_last, link);
		draw_links(tree, below, space_at, i);
	}
	if (guests)
		(void)draw_guests(tree, indent, lower, guests);
}

/* Drawn at the other end already: all but lo hangs on the host. */
static bool is_drawn_on_host(const struct picture *picture, int at)
{
	const struct space *space = &picture->spaces[at];
	size_t elsewhere = 0;

	for (size_t i = 0; i < space->link_count; i++) {
		const struct link *link = &space->links[i].link;
		bool is_lo = link->flags & IFF_LOOPBACK;

		if (is_lo ? !(link->flags & IFF_UP)
			  : space->links[i].peer.space != 0 &&
				    picture_find_lower(picture, at, &space->links[i]) < 0)
			return false;
		elsewhere += !is_lo;
	}
	return elsewhere > 0;
}

static void draw_space(const struct tree *tree, int at)
{
	const struct space *space = &tree->drawing->picture->spaces[at];
	cleanup_text struct text gateways = { 0 };

	add(tree, PLAIN, at == 0 ? "" : "namespace ");
	add_name(tree, space_title(space));
	add_default_routes(space, 0, " and ", &gateways);
	if (gateways.len) {
		add(tree, FAINT, "  default via ");
		add(tree, FAINT, gateways.s);
	}
	if (at == 0)
		add_findings(tree, NULL);
	add(tree, PLAIN, "\n");
	draw_links(tree, "", at, -1);
}

void draw_tree(const struct drawing *drawing, struct text *out)
{
	const struct tree tree = { .drawing = drawing, .out = out };

	for (size_t i = 0; i < drawing->picture->space_count; i++) {
		const struct space *space = &drawing->picture->spaces[i];

		if (i == 0 ||
		    (is_space_drawn(drawing, space) && !is_drawn_on_host(drawing->picture, (int)i)))
			draw_space(&tree, (int)i);
	}
}
