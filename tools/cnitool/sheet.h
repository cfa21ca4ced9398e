/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A picture on paper: a box for each namespace, in it a chip for each interface, and buses, which
 * are what chips are joined by. A bus is a bridge of the host with the containers on it, a link of
 * the host with those that stand on it (macvlan, VLAN), the host's routing with the pairs that it
 * routes for, or a pair between two containers. Lengths are in pixels.
 *
 *	        outside
 *	┌─ host ────────────────┐
 *	│  [uplink]             │	the top row: the ways out
 *	│  [cni0]   [br1]       │	the bottom row: buses, then what is left
 *	└────┬────────┬─────────┘
 *	 ┌───┴──┬─────┼────┐		rails: one level for each bus that has a chip in the row
 *below │ [eth0] [eth0] [eth0]	rows of containers
 *	 └──┬──────┬─			the gutter at the left leads to further rows
 *	  [eth0] [eth0]
 */
#pragma once

#include "draw.h"

enum ink { INK_NAME, INK_ADDRESS, INK_FAINT, INK_PORTS, INK_BAD };

/* Of a font of `size` pixels a character takes about 0.62 of it. */
struct line {
	char *text;
	enum ink ink;
	int size;
};

enum { CHIP_LINES = 10 };

struct chip {
	struct spot spot; /* the link; a space of -1 for what stands for several */
	struct line lines[CHIP_LINES];
	size_t line_count;
	char *title; /* all that is known, for who points at it */
	bool is_down, is_way_out, is_faulty;
	int bus; /* whose chip in the host's box it is; -1: none's */
	int x, y, w, h;
};

struct box {
	int space;
	char *name;
	size_t first, count; /* of the sheet's chips */
	int row;	     /* 0: the host */
	int x, y, w, h;
};

struct bus {
	int chip; /* of the host; -1: none, a pair between containers */
	bool is_masqueraded;
	int gutter; /* x of its way to further rows; 0: it needs none */
	int first_rail, last_rail;
};

/* A chip of a container that hangs on the bus. */
struct terminal {
	int bus, chip;
	bool is_down;
};

/* Where a bus runs above a row. */
struct rail {
	int bus, row;
	int y, left, right;
};

struct sheet {
	struct chip *chips;
	size_t chip_count;
	struct box *boxes; /* the first is the host */
	size_t box_count;
	struct bus *buses;
	size_t bus_count;
	struct terminal *terminals;
	size_t terminal_count;
	struct rail *rails;
	size_t rail_count;
	bool has_outside;
	int outside_x, outside_y; /* the middle of it */
	int w, h;
};

#define cleanup_sheet cleanup_with(sheet_release)

/* What there is to draw. */
void sheet_fill(const struct drawing *drawing, struct sheet *ret);

/* Where it stands: gives every part its place, from the sizes of the texts. Pure. */
void sheet_place(struct sheet *sheet);

int chip_middle(const struct chip *chip);
void sheet_release(struct sheet *sheet);

/* The sheet as SVG, and as a page with the same picture that can be moved and searched. */
void draw_svg(const struct drawing *drawing, struct text *out);
void draw_html(const struct drawing *drawing, struct text *out);
