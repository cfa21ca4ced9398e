/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sheet as SVG. Every part has a <title>, which browsers show to who points at it. */
#include "base/alloc.h"
#include "sheet.h"

struct svg {
	const struct sheet *sheet;
	struct text *out;
};

static const char *const bus_colours[] = { "#57606a", "#0969da", "#1a7f37", "#9a6700",
					   "#8250df", "#bf3989", "#0b7285", "#a0410d" };

static const char *const inks[] = { [INK_NAME] = "#1b1f24",
				    [INK_ADDRESS] = "#0b5d2a",
				    [INK_FAINT] = "#59636e",
				    [INK_PORTS] = "#6639ba",
				    [INK_BAD] = "#c0182b" };

static const char *bus_colour(int bus)
{
	return bus_colours[(size_t)bus % array_size(bus_colours)];
}

/* Names have been made visible; XML has signs of its own. */
static void add_escaped(struct text *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("<>&\"'", *text))
			text_addf(out, "&#%d;", *text);
		else
			text_add_bytes(out, text, 1);
	}
}

static void add_title(const struct svg *svg, const char *title)
{
	text_add(svg->out, "<title>");
	add_escaped(svg->out, title);
	text_add(svg->out, "</title>");
}

static void add_rect(const struct svg *svg, int x, int y, int w, int h, const char *fill,
		     const char *stroke)
{
	text_addf(
		svg->out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%s\" stroke=\"%s\"/>",
		x, y, w, h, fill, stroke);
}

static void add_text(const struct svg *svg, int x, int y, const struct line *line)
{
	text_addf(svg->out,
		  "<text x=\"%d\" y=\"%d\" font-size=\"%d\" fill=\"%s\" text-anchor=\"middle\">", x,
		  y, line->size, inks[line->ink]);
	add_escaped(svg->out, line->text);
	text_add(svg->out, "</text>");
}

static void add_line(const struct svg *svg, int x1, int y1, int x2, int y2, const char *colour)
{
	text_addf(
		svg->out,
		"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"1.6\"/>\n",
		x1, y1, x2, y2, colour);
}

static void add_dot(const struct svg *svg, int x, int y, const char *colour)
{
	text_addf(svg->out, "<circle cx=\"%d\" cy=\"%d\" r=\"2.6\" fill=\"%s\"/>\n", x, y, colour);
}

static const char *chip_fill(const struct chip *chip)
{
	if (chip->is_down || chip->is_faulty)
		return "#ffe3e3";
	return chip->bus >= 0 ? "#ffe8a3" : "#ffffff";
}

static void add_chip(const struct svg *svg, const struct chip *chip)
{
	int y = chip->y + 6;

	text_add(svg->out, "<g class=\"chip\">");
	add_title(svg, chip->title);
	add_rect(svg, chip->x, chip->y, chip->w, chip->h, chip_fill(chip),
		 chip->is_down || chip->is_faulty ? "#c0182b"
		 : chip->bus >= 0		  ? bus_colour(chip->bus)
						  : "#8c959f");
	for (size_t i = 0; i < chip->line_count; i++) {
		y += chip->lines[i].size + 4;
		add_text(svg, chip_middle(chip), y - 2, &chip->lines[i]);
	}
	text_add(svg->out, "</g>\n");
}

static void add_box(const struct svg *svg, const struct box *box)
{
	bool is_host = box->row == 0;

	text_addf(svg->out, "<g class=\"%s\">", is_host ? "host" : "container");
	add_rect(svg, box->x, box->y, box->w, box->h, is_host ? "#f6f8fa" : "#e6f4ff",
		 is_host ? "#8c959f" : "#54aeff");
	text_addf(
		svg->out,
		"<text class=\"name\" x=\"%d\" y=\"%d\" font-size=\"13\" font-weight=\"bold\" fill=\"#1b1f24\">",
		box->x + 8, is_host ? box->y + 17 : box->y + box->h - 8);
	add_escaped(svg->out, box->name);
	text_add(svg->out, "</text></g>\n");
	for (size_t i = box->first; i < box->first + box->count; i++)
		add_chip(svg, &svg->sheet->chips[i]);
}

/* From the host's chip down to its rail, along the rails, and through the gutter. */
static void add_bus(const struct svg *svg, int at)
{
	const struct sheet *sheet = svg->sheet;
	const struct bus *bus = &sheet->buses[at];
	const char *colour = bus_colour(at);
	int top = 0, bottom = 0;

	for (size_t i = 0; i < sheet->rail_count; i++) {
		const struct rail *rail = &sheet->rails[i];

		if (rail->bus != at)
			continue;
		add_line(svg, rail->left, rail->y, rail->right, rail->y, colour);
		if (bus->chip >= 0 && rail->row == 1) {
			const struct chip *chip = &sheet->chips[bus->chip];

			add_line(svg, chip_middle(chip), chip->y + chip->h, chip_middle(chip),
				 rail->y, colour);
			add_dot(svg, chip_middle(chip), rail->y, colour);
		}
		top = top ? top : rail->y;
		bottom = rail->y;
	}
	if (bus->gutter)
		add_line(svg, bus->gutter, top, bus->gutter, bottom, colour);
}

static int row_of(const struct sheet *sheet, int chip)
{
	for (size_t i = 0; i < sheet->box_count; i++)
		if ((size_t)chip >= sheet->boxes[i].first &&
		    (size_t)chip < sheet->boxes[i].first + sheet->boxes[i].count)
			return sheet->boxes[i].row;
	return 0;
}

static void add_terminal(const struct svg *svg, const struct terminal *t)
{
	const struct sheet *sheet = svg->sheet;
	const struct chip *chip = &sheet->chips[t->chip];
	int row = row_of(sheet, t->chip);
	const char *colour = t->is_down ? inks[INK_BAD] : bus_colour(t->bus);

	for (size_t i = 0; i < sheet->rail_count; i++) {
		const struct rail *rail = &sheet->rails[i];

		if (rail->bus != t->bus || rail->row != row)
			continue;
		add_line(svg, chip_middle(chip), rail->y, chip_middle(chip), chip->y, colour);
		add_dot(svg, chip_middle(chip), rail->y, colour);
	}
}

/* Straight up to a chip of the top row, in an arc to one beside it. */
static void add_arrow(const struct svg *svg, const struct chip *from, const struct chip *to)
{
	int x1 = chip_middle(from), y1 = from->y, x2 = chip_middle(to), y2 = to->y;
	int bend = to->y < from->y ? 0 : 30;

	if (!bend)
		y2 += to->h + 2;
	text_add(svg->out, "<g class=\"masquerade\">");
	add_title(svg, "what leaves the host from here gets the host's address");
	text_addf(
		svg->out,
		"<path d=\"M%d %dC%d %d %d %d %d %d\" fill=\"none\" stroke=\"#8250df\" stroke-width=\"1.6\" stroke-dasharray=\"5 3\" marker-end=\"url(#arrow)\"/>",
		x1, y1, x1, y1 - bend, x2, y2 - bend, x2, y2);
	text_addf(
		svg->out,
		"<text x=\"%d\" y=\"%d\" font-size=\"9\" fill=\"#8250df\">masquerade</text></g>\n",
		(x1 + x2) / 2 + 6, (y1 + y2) / 2 - bend * 3 / 4 + (bend ? -3 : 3));
}

/* Only from a bridge whose containers are masqueraded, to every way out. */
static void add_masquerade(const struct svg *svg)
{
	const struct sheet *sheet = svg->sheet;

	for (size_t b = 0; b < sheet->bus_count; b++) {
		if (sheet->buses[b].chip < 0 || !sheet->buses[b].is_masqueraded)
			continue;
		for (size_t i = 0; i < sheet->chip_count; i++)
			if (sheet->chips[i].is_way_out && sheet->buses[b].chip != (int)i)
				add_arrow(svg, &sheet->chips[sheet->buses[b].chip],
					  &sheet->chips[i]);
	}
}

static void add_outside(const struct svg *svg)
{
	const struct sheet *sheet = svg->sheet;

	if (!sheet->has_outside)
		return;
	for (size_t i = 0; i < sheet->chip_count; i++)
		if (sheet->chips[i].is_way_out)
			text_addf(
				svg->out,
				"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#57606a\" stroke-width=\"1.6\" stroke-dasharray=\"4 3\"/>\n",
				sheet->outside_x, sheet->outside_y, chip_middle(&sheet->chips[i]),
				sheet->chips[i].y);
	text_addf(
		svg->out,
		"<ellipse cx=\"%d\" cy=\"%d\" rx=\"46\" ry=\"16\" fill=\"#f0f0f0\" stroke=\"#8c959f\"/><text x=\"%d\" y=\"%d\" font-size=\"13\" text-anchor=\"middle\">outside</text>\n",
		sheet->outside_x, sheet->outside_y, sheet->outside_x, sheet->outside_y + 4);
}

void draw_svg(const struct drawing *drawing, struct text *out)
{
	cleanup_sheet struct sheet sheet;
	const struct svg svg = { .sheet = &sheet, .out = out };

	sheet_fill(drawing, &sheet);
	sheet_place(&sheet);
	text_addf(
		out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"DejaVu Sans, Verdana, Helvetica, sans-serif\">\n"
		"<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#8250df\"/></marker></defs>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
		sheet.w, sheet.h, sheet.w, sheet.h);
	add_box(&svg, &sheet.boxes[0]);
	add_outside(&svg);
	for (size_t i = 1; i < sheet.box_count; i++)
		add_box(&svg, &sheet.boxes[i]);
	for (size_t i = 0; i < sheet.bus_count; i++)
		add_bus(&svg, (int)i);
	for (size_t i = 0; i < sheet.terminal_count; i++)
		add_terminal(&svg, &sheet.terminals[i]);
	add_masquerade(&svg);
	text_add(out, "</svg>\n");
}
