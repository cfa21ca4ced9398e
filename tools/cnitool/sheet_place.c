/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the parts of a sheet stand. Lines run only between rows and in the gutter at the left, so
 * that none crosses a name, however many containers there are.
 */
#include "base/alloc.h"
#include "sheet.h"

enum {
	MARGIN = 16,
	GAP = 12,	 /* between neighbours */
	PAD = 8,	 /* within a chip or box */
	LEADING = 4,	 /* between lines */
	HEADING = 24,	 /* a box's name */
	RAIL = 8,	 /* between two rails, and two ways in the gutter */
	RAIL_SPACE = 14, /* between a rail and a row */
	ARC = 14,	 /* for the arrows to a neighbour */
	HOST_ROWS = 44,	 /* between the host's rows, for the arrows */
	OUTSIDE = 62,	 /* above the host */
	LEAST_WIDTH = 480,
};

int chip_middle(const struct chip *chip)
{
	return chip->x + chip->w / 2;
}

static int text_width(const char *text, int size)
{
	int count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return (count * size * 62 + 99) / 100;
}

static int max(int a, int b)
{
	return a > b ? a : b;
}

static int min(int a, int b)
{
	return a < b ? a : b;
}

static void size_chip(struct chip *chip)
{
	chip->w = chip->h = 2 * PAD;
	for (size_t i = 0; i < chip->line_count; i++) {
		chip->w = max(chip->w,
			      text_width(chip->lines[i].text, chip->lines[i].size) + 2 * PAD);
		chip->h += chip->lines[i].size + LEADING;
	}
}

/* A container: its chips side by side, its name below them. */
static void size_container(struct sheet *sheet, struct box *box)
{
	box->w = PAD;
	for (size_t i = box->first; i < box->first + box->count; i++) {
		box->w += sheet->chips[i].w + PAD;
		box->h = max(box->h, sheet->chips[i].h);
	}
	box->w = max(box->w, text_width(box->name, 13) + 2 * PAD);
	box->h += PAD + HEADING;
}

static void move_box(struct sheet *sheet, struct box *box, int x, int y)
{
	int at = x + PAD;

	box->x = x;
	box->y = y;
	for (size_t i = box->first; i < box->first + box->count; i++) {
		sheet->chips[i].x = at;
		sheet->chips[i].y = y + PAD;
		at += sheet->chips[i].w + PAD;
	}
}

static bool is_in_top_row(const struct chip *chip)
{
	return chip->is_way_out && chip->bus < 0;
}

/* One of the host's two rows, from the left; the height of the row. */
static int place_host_row(struct sheet *sheet, struct box *host, bool is_top, int y)
{
	int x = host->x + PAD, height = 0;

	for (size_t i = host->first; i < host->first + host->count; i++) {
		struct chip *chip = &sheet->chips[i];

		if (is_in_top_row(chip) != is_top)
			continue;
		chip->x = x;
		chip->y = y;
		x += chip->w + 3 * GAP;
		height = max(height, chip->h);
	}
	host->w = max(host->w, x - 3 * GAP + PAD - host->x);
	return height;
}

static void place_host(struct sheet *sheet)
{
	struct box *host = &sheet->boxes[0];
	int y, top;

	host->x = MARGIN;
	host->y = MARGIN + (sheet->has_outside ? OUTSIDE : 0);
	host->w = text_width(host->name, 13) + 2 * PAD;
	y = host->y + HEADING + (sheet->has_outside ? ARC : 0);
	top = place_host_row(sheet, host, true, y);
	y += top ? top + HOST_ROWS : 0;
	y += place_host_row(sheet, host, false, y);
	host->h = y + PAD - host->y;
}

/* So wide that the whole has about the shape of a screen. */
static int wanted_width(const struct sheet *sheet)
{
	long long area = 0;
	int widest = max(LEAST_WIDTH, sheet->boxes[0].w);

	for (size_t i = 1; i < sheet->box_count; i++) {
		const struct box *box = &sheet->boxes[i];

		area += (long long)(box->w + GAP) * (box->h + 2 * RAIL_SPACE + RAIL);
		widest = max(widest, box->w);
	}
	while (10LL * widest * widest < 17 * area)
		widest += GAP;
	return widest;
}

/* Boxes into rows 1, 2, …; the number of the last. */
static int fill_rows(struct sheet *sheet)
{
	int width = wanted_width(sheet), x = 0, row = 1;

	for (size_t i = 1; i < sheet->box_count; i++) {
		struct box *box = &sheet->boxes[i];

		if (x > 0 && x + box->w > width) {
			row++;
			x = 0;
		}
		box->row = row;
		x += box->w + GAP;
	}
	return sheet->box_count > 1 ? row : 0;
}

/* The rows of the chips, by chip. */
static int *rows_of_chips(const struct sheet *sheet)
{
	int *rows = xcalloc(sheet->chip_count + 1, sizeof(*rows));

	for (size_t i = 0; i < sheet->box_count; i++)
		for (size_t j = 0; j < sheet->boxes[i].count; j++)
			rows[sheet->boxes[i].first + j] = sheet->boxes[i].row;
	return rows;
}

static void reach_row(struct bus *bus, int row)
{
	bus->first_rail = bus->first_rail ? min(bus->first_rail, row) : row;
	bus->last_rail = max(bus->last_rail, row);
}

/* Which rows each bus reaches; a bus of the host begins above the first. */
static void reach_rows(struct sheet *sheet, const int *rows)
{
	int gutter = MARGIN;

	for (size_t i = 0; i < sheet->terminal_count; i++)
		reach_row(&sheet->buses[sheet->terminals[i].bus], rows[sheet->terminals[i].chip]);
	for (size_t i = 0; i < sheet->bus_count; i++) {
		struct bus *bus = &sheet->buses[i];

		if (bus->chip >= 0 && bus->last_rail)
			reach_row(bus, 1);
		if (bus->first_rail == bus->last_rail)
			continue;
		bus->gutter = gutter;
		gutter += RAIL;
	}
}

static int gutter_width(const struct sheet *sheet)
{
	int width = 0;

	for (size_t i = 0; i < sheet->bus_count; i++)
		width = max(width, sheet->buses[i].gutter);
	return width;
}

/* The rail of a bus above a row; made when it is asked for the first time. */
static struct rail *rail_of(struct sheet *sheet, int *found, int bus, int row)
{
	if (*found < 0) {
		sheet->rails = xgrow(sheet->rails, sheet->rail_count, sizeof(*sheet->rails));
		sheet->rails[sheet->rail_count] =
			(struct rail){ .bus = bus, .row = row, .left = -1 };
		*found = (int)sheet->rail_count++;
	}
	return &sheet->rails[*found];
}

static void stretch(struct rail *rail, int x)
{
	rail->left = rail->left < 0 ? x : min(rail->left, x);
	rail->right = max(rail->right, x);
}

/* The rails above one row: how far each runs. */
static void make_rails(struct sheet *sheet, const int *rows, int row)
{
	cleanup_free int *of_bus = xcalloc(sheet->bus_count + 1, sizeof(*of_bus));

	for (size_t i = 0; i < sheet->bus_count; i++)
		of_bus[i] = -1;
	for (size_t i = 0; i < sheet->bus_count; i++) {
		const struct bus *bus = &sheet->buses[i];

		if (bus->chip >= 0 && row == 1 && bus->last_rail)
			stretch(rail_of(sheet, &of_bus[i], (int)i, row),
				chip_middle(&sheet->chips[bus->chip]));
	}
	for (size_t i = 0; i < sheet->terminal_count; i++) {
		const struct terminal *t = &sheet->terminals[i];

		if (rows[t->chip] == row)
			stretch(rail_of(sheet, &of_bus[t->bus], t->bus, row),
				chip_middle(&sheet->chips[t->chip]));
	}
	for (size_t i = 0; i < sheet->bus_count; i++)
		if (of_bus[i] >= 0 && sheet->buses[i].gutter)
			stretch(&sheet->rails[of_bus[i]], sheet->buses[i].gutter);
}

static int row_height(const struct sheet *sheet, int row)
{
	int height = 0;

	for (size_t i = 0; i < sheet->box_count; i++)
		if (sheet->boxes[i].row == row)
			height = max(height, sheet->boxes[i].h);
	return height;
}

static void place_row_across(struct sheet *sheet, int row, int left)
{
	int x = left;

	for (size_t i = 1; i < sheet->box_count; i++) {
		struct box *box = &sheet->boxes[i];

		if (box->row != row)
			continue;
		move_box(sheet, box, x, 0);
		x += box->w + GAP;
		sheet->w = max(sheet->w, x - GAP + MARGIN);
	}
}

/* The rails of the row from `y` on, then its boxes; where the next one begins. */
static int place_row_down(struct sheet *sheet, const int *rows, int row, int y)
{
	size_t first = sheet->rail_count;
	int height = row_height(sheet, row);

	make_rails(sheet, rows, row);
	y += RAIL_SPACE;
	for (size_t i = first; i < sheet->rail_count; i++, y += RAIL)
		sheet->rails[i].y = y;
	y += RAIL_SPACE - (sheet->rail_count > first ? RAIL : 0);
	for (size_t i = 1; i < sheet->box_count; i++) {
		if (sheet->boxes[i].row != row)
			continue;
		sheet->boxes[i].h = height;
		move_box(sheet, &sheet->boxes[i], sheet->boxes[i].x, y);
	}
	return y + height;
}

static void place_outside(struct sheet *sheet)
{
	int left = -1, right = 0;

	for (size_t i = 0; i < sheet->chip_count; i++) {
		if (!sheet->chips[i].is_way_out)
			continue;
		left = left < 0 ? chip_middle(&sheet->chips[i])
				: min(left, chip_middle(&sheet->chips[i]));
		right = max(right, chip_middle(&sheet->chips[i]));
	}
	sheet->outside_x = max((left + right) / 2, MARGIN + 50);
	sheet->outside_y = MARGIN + 16;
}

void sheet_place(struct sheet *sheet)
{
	cleanup_free int *rows = NULL;
	int last, left, y;

	for (size_t i = 0; i < sheet->chip_count; i++)
		size_chip(&sheet->chips[i]);
	for (size_t i = 1; i < sheet->box_count; i++)
		size_container(sheet, &sheet->boxes[i]);
	place_host(sheet);
	last = fill_rows(sheet);
	rows = rows_of_chips(sheet);
	reach_rows(sheet, rows);
	left = gutter_width(sheet) ? gutter_width(sheet) + GAP : MARGIN;
	sheet->w = sheet->boxes[0].x + sheet->boxes[0].w + MARGIN;
	y = sheet->boxes[0].y + sheet->boxes[0].h;
	for (int row = 1; row <= last; row++) {
		place_row_across(sheet, row, left);
		y = place_row_down(sheet, rows, row, y);
	}
	sheet->boxes[0].w = sheet->w - 2 * MARGIN;
	sheet->h = y + MARGIN;
	place_outside(sheet);
}
