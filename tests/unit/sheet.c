/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the parts of a picture stand: nothing on top of something else, lines only where there is
 * room. */
#include <stdlib.h>

#include "unit.h"

#include "base/alloc.h"
#include "tools/cnitool/sheet.h"

static struct chip *add_chip(struct sheet *sheet, int lines)
{
	struct chip *chip;

	sheet->chips = xgrow(sheet->chips, sheet->chip_count, sizeof(*sheet->chips));
	chip = &sheet->chips[sheet->chip_count++];
	*chip = (struct chip){ .bus = -1 };
	for (int i = 0; i < lines; i++)
		chip->lines[chip->line_count++] =
			(struct line){ .text = xasprintf("%0*d", 1 + rand() % 20, 0), .size = 11 };
	return chip;
}

static void open_box(struct sheet *sheet, int space)
{
	sheet->boxes = xgrow(sheet->boxes, sheet->box_count, sizeof(*sheet->boxes));
	sheet->boxes[sheet->box_count++] = (struct box){ .space = space,
							 .name = xasprintf("box-%d", space),
							 .first = sheet->chip_count };
}

static void close_box(struct sheet *sheet)
{
	struct box *box = &sheet->boxes[sheet->box_count - 1];

	box->count = sheet->chip_count - box->first;
}

static void add_terminal(struct sheet *sheet, int bus)
{
	sheet->terminals = xgrow(sheet->terminals, sheet->terminal_count,
				 sizeof(*sheet->terminals));
	sheet->terminals[sheet->terminal_count++] =
		(struct terminal){ .bus = bus, .chip = (int)sheet->chip_count - 1 };
}

/* Some buses on the host, one of them between containers, and containers on any of them. */
static struct sheet make_sheet(int containers, int buses)
{
	struct sheet sheet = { .has_outside = true };

	open_box(&sheet, 0);
	add_chip(&sheet, 2)->is_way_out = true;
	for (int i = 0; i < buses; i++) {
		sheet.buses = xgrow(sheet.buses, sheet.bus_count, sizeof(*sheet.buses));
		sheet.buses[sheet.bus_count++] = (struct bus){ .chip = -1 };
		if (i == buses - 1)
			break;
		add_chip(&sheet, 3)->bus = i;
		sheet.buses[i].chip = (int)sheet.chip_count - 1;
	}
	close_box(&sheet);
	for (int i = 1; i <= containers; i++) {
		open_box(&sheet, i);
		for (int j = rand() % 3; j >= 0; j--) {
			add_chip(&sheet, 1 + rand() % 6);
			if (rand() % 4)
				add_terminal(&sheet, rand() % buses);
		}
		close_box(&sheet);
	}
	return sheet;
}

static bool overlap(const struct box *a, const struct box *b)
{
	return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

static void assert_boxes(const struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->box_count; i++) {
		const struct box *box = &sheet->boxes[i];

		assert_true(box->x >= 0 && box->x + box->w <= sheet->w);
		assert_true(box->y >= 0 && box->y + box->h <= sheet->h);
		for (size_t j = i + 1; j < sheet->box_count; j++)
			assert_false(overlap(box, &sheet->boxes[j]));
		for (size_t j = box->first; j < box->first + box->count; j++) {
			const struct chip *chip = &sheet->chips[j];

			assert_true(chip->x > box->x && chip->x + chip->w <= box->x + box->w);
			assert_true(chip->y > box->y && chip->y + chip->h <= box->y + box->h);
			assert_true(j == box->first || box->row == 0 ||
				    chip->x > chip[-1].x + chip[-1].w);
		}
	}
}

/* A rail is between two rows, and no other rail is at its height. */
static void assert_rails(const struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->rail_count; i++) {
		const struct rail *rail = &sheet->rails[i];

		for (size_t j = 0; j < sheet->box_count; j++)
			assert_true(rail->y < sheet->boxes[j].y ||
				    rail->y > sheet->boxes[j].y + sheet->boxes[j].h);
		for (size_t j = i + 1; j < sheet->rail_count; j++)
			assert_int_not_equal(rail->y, sheet->rails[j].y);
		assert_true(rail->left >= 0 && rail->right < sheet->w);
	}
}

/* The way of a bus through the gutter is left of every container. */
static void assert_gutter(const struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->bus_count; i++)
		for (size_t j = 1; j < sheet->box_count; j++)
			assert_true(sheet->buses[i].gutter < sheet->boxes[j].x);
}

/* Each terminal has a rail of its bus above its own row, that reaches it. */
static void assert_reached(const struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->terminal_count; i++) {
		const struct terminal *t = &sheet->terminals[i];
		int middle = chip_middle(&sheet->chips[t->chip]), reached = 0;

		for (size_t j = 0; j < sheet->box_count; j++)
			for (size_t k = 0; k < sheet->rail_count; k++)
				reached += (size_t)t->chip >= sheet->boxes[j].first &&
					   (size_t)t->chip <
						   sheet->boxes[j].first + sheet->boxes[j].count &&
					   sheet->rails[k].row == sheet->boxes[j].row &&
					   sheet->rails[k].bus == t->bus &&
					   sheet->rails[k].left <= middle &&
					   sheet->rails[k].right >= middle;
		assert_int_equal(reached, 1);
	}
}

static void nothing_covers_anything(void **state)
{
	(void)state;
	srand(1);
	for (int containers = 0; containers < 120; containers += 1 + containers / 4) {
		cleanup_sheet struct sheet sheet = make_sheet(containers, 1 + rand() % 6);

		sheet_place(&sheet);
		assert_boxes(&sheet);
		assert_rails(&sheet);
		assert_gutter(&sheet);
		assert_reached(&sheet);
	}
}

static void many_containers_have_the_shape_of_a_screen(void **state)
{
	(void)state;
	srand(1);
	for (int containers = 30; containers < 300; containers *= 2) {
		cleanup_sheet struct sheet sheet = make_sheet(containers, 2);

		sheet_place(&sheet);
		assert_in_range(100 * sheet.w / sheet.h, 90, 260);
	}
}

static void a_host_alone_is_a_picture(void **state)
{
	cleanup_sheet struct sheet sheet = { 0 };

	(void)state;
	open_box(&sheet, 0);
	close_box(&sheet);
	sheet_place(&sheet);
	assert_true(sheet.w > 0 && sheet.h > 0);
	assert_int_equal(sheet.rail_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_covers_anything),
		cmocka_unit_test(many_containers_have_the_shape_of_a_screen),
		cmocka_unit_test(a_host_alone_is_a_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
