/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A picture as a graph in Graphviz's language: a box for each namespace, in it its interfaces;
 * the host's box has the bridges, what is published, and the way out. Lines are pairs, ports of a
 * bridge, and ways of packets.
 */
#include "base/alloc.h"
#include "base/foreign.h"
#include "draw.h"

struct dot {
	const struct drawing *drawing;
	struct text *out;
};

/* A name, for labels in Graphviz's HTML. */
static void add_escaped(struct text *out, const char *name)
{
	cleanup_free char *shown = foreign(name);

	for (const char *text = shown; *text; text++) {
		if (*text == '<' || *text == '>' || *text == '&' || *text == '"')
			text_addf(out, "&#%d;", *text);
		else
			text_add_bytes(out, text, 1);
	}
}

static void add_row(struct text *out, const char *face, const char *colour, const char *text)
{
	if (!*text)
		return;
	text_addf(out, "<tr><td><font point-size=\"%s\" color=\"%s\">", face, colour);
	add_escaped(out, text);
	text_add(out, "</font></td></tr>");
}

static void add_node(const struct dot *dot, int space, const struct space_link *link,
		     const char *fill)
{
	char mac[MAC_TEXT];

	text_addf(
		dot->out,
		"\t\tn%d_%d [fillcolor=\"%s\", label=<<table border=\"0\" cellspacing=\"0\" cellpadding=\"1\">",
		space, link->link.index, fill);
	add_row(dot->out, "13", "#1b1f24", link->link.name);
	for (size_t i = 0; i < link->addresses.count; i++) {
		char text[PREFIX_TEXT];

		add_row(dot->out, "11", "#0b5d2a",
			prefix_print(&link->addresses.items[i].address, text));
	}
	if (link->link.has_mac && !(link->link.flags & IFF_LOOPBACK))
		add_row(dot->out, "9", "#6a737d", mac_print(link->link.mac, mac));
	if (space_link_is_down(link))
		add_row(dot->out, "11", "#c0182b", "DOWN");
	text_add(dot->out, "</table>>];\n");
}

static const char *fill_of(const struct space_link *link)
{
	if (text_equal(link->link.kind, "bridge") || link->is_switch)
		return "#ffe8a3";
	return text_equal(link->link.kind, "veth") ? "#ffffff" : "#dfe7ff";
}

/* A link of the host that is one end of a pair is only a label on a line. */
static bool is_only_a_line(const struct space_link *link)
{
	return link->peer.space > 0 && link->addresses.count == 0 && link->link.master > 0;
}

static bool is_shown_in_container(const struct space_link *link)
{
	return !(link->link.flags & IFF_LOOPBACK) || !(link->link.flags & IFF_UP);
}

static void add_host(const struct dot *dot)
{
	const struct space *host = &dot->drawing->picture->spaces[0];

	text_add(
		dot->out,
		"\tsubgraph cluster_0 {\n\t\tlabel=<<b>host</b>>; labeljust=l; style=\"rounded,filled\"; fillcolor=\"#f6f8fa\"; color=\"#8c959f\";\n");
	for (size_t i = 0; i < host->link_count; i++)
		if (is_drawn(dot->drawing, &host->links[i]) && !is_only_a_line(&host->links[i]))
			add_node(dot, 0, &host->links[i], fill_of(&host->links[i]));
	text_add(dot->out, "\t}\n");
}

static void add_container(const struct dot *dot, int at)
{
	const struct space *space = &dot->drawing->picture->spaces[at];
	bool has_any = false;

	text_addf(dot->out, "\tsubgraph cluster_%d {\n\t\tlabel=<<b>", at);
	add_escaped(dot->out, space_title(space));
	text_add(
		dot->out,
		"</b>>; labeljust=l; style=\"rounded,filled\"; fillcolor=\"#e6f4ff\"; color=\"#54aeff\";\n");
	for (size_t i = 0; i < space->link_count; i++) {
		const struct space_link *link = &space->links[i];

		if (!is_shown_in_container(link) && (has_any || i + 1 < space->link_count))
			continue;
		add_node(dot, at, link, "#ffffff");
		has_any = true;
	}
	text_add(dot->out, "\t}\n");
}

/* What has been made visible already, for labels in quotes, where \\ and & begin something. */
static void add_quoted(struct text *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			text_add(out, "&amp;");
		else if (*text == '\n')
			text_add(out, "\\n");
		else
			text_addf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	}
}

static void add_pair_label(const struct dot *dot, const struct space_link *host_end,
			   const struct space_link *peer)
{
	cleanup_text struct text label = { 0 }, ports = { 0 };

	foreign_add(&label, host_end->link.name);
	add_ports(peer, "\n", &ports);
	if (ports.len)
		text_addf(&label, "\n%s", ports.s);
	add_quoted(dot->out, label.s);
	if (is_masqueraded(dot->drawing->picture, peer))
		text_add(dot->out, "\\nmasqueraded");
}

/* From the bridge (or the host's end) to the container's interface. */
static void add_pair(const struct dot *dot, const struct space_link *link)
{
	const struct picture *picture = dot->drawing->picture;
	const struct space_link *peer = picture_at(picture, link->peer);
	int from = is_only_a_line(link) ? link->link.master : link->link.index;

	if (!peer || !is_space_drawn(dot->drawing, &picture->spaces[link->peer.space]))
		return;
	text_addf(dot->out, "\tn0_%d -> n%d_%d [dir=none, penwidth=1.6, color=\"%s\", label=\"",
		  from, link->peer.space, peer->link.index,
		  (link->link.flags & peer->link.flags & IFF_UP) ? "#57606a" : "#c0182b");
	add_pair_label(dot, link, peer);
	text_add(dot->out, "\"];\n");
}

static void add_port(const struct dot *dot, const struct space_link *link)
{
	if (link->link.master > 0 && !is_only_a_line(link))
		text_addf(dot->out,
			  "\tn0_%d -> n0_%d [dir=none, penwidth=1.6, color=\"#57606a\"];\n",
			  link->link.master, link->link.index);
}

static bool is_way_out(const struct space *host, const struct kernel_route *route)
{
	return prefix_is_default(&route->dst) && space_find_index(host, route->link) >= 0;
}

/* The outside, above the interface that leads there. */
static void add_outside(const struct dot *dot)
{
	const struct space *host = &dot->drawing->picture->spaces[0];
	char text[ADDR_TEXT];

	for (size_t i = 0; i < host->routes4.count; i++) {
		const struct kernel_route *route = &host->routes4.items[i];

		if (!is_way_out(host, route))
			continue;
		text_add(dot->out,
			 "\toutside [label=\"outside\", shape=ellipse, fillcolor=\"#f0f0f0\"];\n");
		text_addf(
			dot->out,
			"\toutside -> n0_%d [dir=both, style=dashed, color=\"#57606a\", label=\"  %s\"];\n",
			route->link,
			addr_is_set(&route->gateway) ? addr_print(&route->gateway, text) : "");
		return;
	}
}

static bool has_masqueraded_ports(const struct dot *dot, int bridge)
{
	const struct picture *picture = dot->drawing->picture;
	const struct space *host = &picture->spaces[0];

	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *peer = picture_at(picture, host->links[i].peer);

		if (host->links[i].link.master == bridge && peer && is_masqueraded(picture, peer))
			return true;
	}
	return false;
}

/* Packets of masqueraded containers go from their bridge to the uplink. */
static void add_masquerade(const struct dot *dot, const struct space_link *bridge)
{
	const struct space *host = &dot->drawing->picture->spaces[0];

	if (!has_masqueraded_ports(dot, bridge->link.index))
		return;
	for (size_t i = 0; i < host->routes4.count; i++) {
		if (!is_way_out(host, &host->routes4.items[i]))
			continue;
		text_addf(
			dot->out,
			"\tn0_%d -> n0_%d [style=dashed, dir=back, color=\"#8250df\", fontcolor=\"#8250df\", label=\"  masquerade\"];\n",
			host->routes4.items[i].link, bridge->link.index);
		return;
	}
}

static void add_lines(const struct dot *dot)
{
	const struct space *host = &dot->drawing->picture->spaces[0];

	add_outside(dot);
	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *link = &host->links[i];

		if (!is_drawn(dot->drawing, link))
			continue;
		add_pair(dot, link);
		add_port(dot, link);
		if (text_equal(link->link.kind, "bridge"))
			add_masquerade(dot, link);
	}
}

void draw_dot(const struct drawing *drawing, struct text *out)
{
	const struct dot dot = { .drawing = drawing, .out = out };

	text_add(
		out,
		"digraph network {\n"
		"\tgraph [fontname=\"Helvetica\", fontsize=13, rankdir=TB, nodesep=0.35, ranksep=0.7, bgcolor=white, pad=0.2];\n"
		"\tnode [fontname=\"Helvetica\", shape=box, style=\"rounded,filled\", color=\"#8c959f\", margin=0.08];\n"
		"\tedge [fontname=\"Helvetica\", fontsize=9, fontcolor=\"#57606a\"];\n");
	add_host(&dot);
	for (size_t i = 1; i < drawing->picture->space_count; i++)
		if (is_space_drawn(drawing, &drawing->picture->spaces[i]))
			add_container(&dot, (int)i);
	add_lines(&dot);
	text_add(out, "}\n");
}
