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

static void add_link(const struct tree *tree, const struct space_link *link)
{
	cleanup_text struct text addresses = { 0 };

	add_addresses(link, "  ", &addresses);
	if (addresses.len) {
		add(tree, PLAIN, "  ");
		add(tree, ADDRESS, addresses.s);
	}
	if (!(link->link.flags & IFF_UP))
		add(tree, BAD, "  DOWN");
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

static void draw_branch(const struct tree *tree, const char *indent, bool is_last,
			const struct space_link *link)
{
	cleanup_free char *below = xasprintf("%s%s    ", indent, is_last ? " " : "│");
	const struct space_link *peer = picture_at(tree->drawing->picture, link->peer);

	add(tree, FAINT, indent);
	add(tree, FAINT, is_last ? "└─ " : "├─ ");
	add_name(tree, link->link.name);
	if (text_equal(link->link.kind, "bridge"))
		add(tree, PLAIN, "  bridge");
	add_link(tree, link);
	add_peer(tree, link);
	add(tree, PLAIN, "\n");
	if (peer && link->peer.space > 0)
		add_remarks(tree, below, &tree->drawing->picture->spaces[link->peer.space], peer);
}

/* The links of a namespace below one of them (0: those below none). */
static void draw_links(const struct tree *tree, const char *indent, int space_at, int master)
{
	const struct space *space = &tree->drawing->picture->spaces[space_at];
	int last = -1;

	for (size_t i = 0; i < space->link_count; i++)
		if (space->links[i].link.master == master &&
		    (space_at > 0 || is_drawn(tree->drawing, &space->links[i])))
			last = (int)i;
	for (int i = 0; i <= last; i++) {
		const struct space_link *link = &space->links[i];
		cleanup_free char *below = xasprintf("%s%s", indent, i == last ? "   " : "│  ");

		if (link->link.master != master ||
		    (space_at == 0 && !is_drawn(tree->drawing, link)))
			continue;
		draw_branch(tree, indent, i == last, link);
		draw_links(tree, below, space_at, link->link.index);
	}
}

/* Drawn at the other end already: all but lo hangs on the host. */
static bool is_drawn_on_host(const struct space *space)
{
	size_t elsewhere = 0;

	for (size_t i = 0; i < space->link_count; i++) {
		const struct link *link = &space->links[i].link;
		bool is_lo = link->flags & IFF_LOOPBACK;

		if (is_lo ? !(link->flags & IFF_UP) : space->links[i].peer.space != 0)
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
	add(tree, PLAIN, "\n");
	draw_links(tree, "", at, 0);
}

void draw_tree(const struct drawing *drawing, struct text *out)
{
	const struct tree tree = { .drawing = drawing, .out = out };

	for (size_t i = 0; i < drawing->picture->space_count; i++) {
		const struct space *space = &drawing->picture->spaces[i];

		if (i == 0 || (is_space_drawn(drawing, space) && !is_drawn_on_host(space)))
			draw_space(&tree, (int)i);
	}
}
