/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is put on a sheet: which chips, boxes and buses a picture has. */
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "sheet_chip.h"

/* What a namespace shows at most: its owner may have made thousands. */
enum { MOST_CHIPS = 24, FEW_BOXES = 12 };

struct filling {
	const struct drawing *drawing;
	struct sheet *sheet;
	int *bus_of_link; /* of the host's links: which bus is theirs, or -1 */
	int routed;	  /* the bus of pairs without a bridge; -1: none yet */
	bool is_crowded;
};

static const struct space *host_of(const struct filling *f)
{
	return &f->drawing->picture->spaces[0];
}

static struct chip *sheet_add_chip(struct sheet *sheet)
{
	sheet->chips = xgrow(sheet->chips, sheet->chip_count, sizeof(*sheet->chips));
	sheet->chips[sheet->chip_count] = (struct chip){ .spot = NOWHERE, .bus = -1 };
	return &sheet->chips[sheet->chip_count++];
}

static struct chip *add_link_chip(const struct filling *f, int space_at, int link_at)
{
	const struct space *space = &f->drawing->picture->spaces[space_at];
	const struct space_link *link = &space->links[link_at];
	struct chip *chip = sheet_add_chip(f->sheet);

	chip->spot = (struct spot){ .space = space_at, .link = link_at };
	chip->is_down = space_link_is_down(link);
	chip_describe_link(chip, space, link, f->is_crowded);
	chip->title = chip_title(f->drawing, space, link);
	chip_add_findings(f->drawing, chip, link);
	return chip;
}

static void add_word_chip(const struct filling *f, const char *word, char *title)
{
	struct chip *chip = sheet_add_chip(f->sheet);

	chip_add(chip, INK_FAINT, 11, xstrdup(word));
	chip->title = title;
}

static void open_box(const struct filling *f, int space)
{
	struct sheet *sheet = f->sheet;

	sheet->boxes = xgrow(sheet->boxes, sheet->box_count, sizeof(*sheet->boxes));
	sheet->boxes[sheet->box_count++] =
		(struct box){ .space = space,
			      .name = chip_name(space_title(&f->drawing->picture->spaces[space])),
			      .first = sheet->chip_count };
}

static void close_box(const struct filling *f, size_t hidden)
{
	struct box *box = &f->sheet->boxes[f->sheet->box_count - 1];

	if (hidden) {
		cleanup_free char *words = xasprintf("and %zu more", hidden);

		add_word_chip(f, words, xstrdup(words));
	}
	box->count = f->sheet->chip_count - box->first;
}

/* A link of the host whose other end is in a container is only a line. */
static bool is_line(const struct space_link *link)
{
	return link->peer.space > 0;
}

static bool is_default_through(const struct kernel_routes *routes, int link)
{
	for (size_t i = 0; i < routes->count; i++)
		if (prefix_is_default(&routes->items[i].dst) && routes->items[i].link == link &&
		    routes->items[i].table == RT_TABLE_MAIN)
			return true;
	return false;
}

static bool is_way_out(const struct filling *f, int at)
{
	const struct space *host = host_of(f);
	int index = host->links[at].link.index;

	return is_default_through(&host->routes4, index) ||
	       is_default_through(&host->routes6, index);
}

static int add_bus(const struct filling *f)
{
	struct sheet *sheet = f->sheet;

	sheet->buses = xgrow(sheet->buses, sheet->bus_count, sizeof(*sheet->buses));
	sheet->buses[sheet->bus_count] = (struct bus){ .chip = -1 };
	return (int)sheet->bus_count++;
}

static int bus_of(const struct filling *f, int host_link)
{
	if (f->bus_of_link[host_link] < 0)
		f->bus_of_link[host_link] = add_bus(f);
	return f->bus_of_link[host_link];
}

static int routed_bus(struct filling *f)
{
	if (f->routed < 0)
		f->routed = add_bus(f);
	return f->routed;
}

/* The bus that a container's interface hangs on; -1: none. Pairs of containers: the first of the
 * two. */
static int find_bus(struct filling *f, struct spot spot)
{
	const struct picture *picture = f->drawing->picture;
	const struct space_link *link = picture_at(picture, spot);
	const struct space_link *peer = picture_at(picture, link->peer);
	int at;

	if (peer && link->peer.space == 0) {
		if (is_way_out(f, link->peer.link))
			return bus_of(f, link->peer.link);
		at = space_find_index(host_of(f), peer->link.master);
		return at < 0 ? routed_bus(f) : bus_of(f, at);
	}
	if (peer && link->peer.space > 0) {
		for (size_t i = 0; i < f->sheet->terminal_count; i++) {
			const struct spot other = f->sheet->chips[f->sheet->terminals[i].chip].spot;

			if (other.space == link->peer.space && other.link == link->peer.link)
				return f->sheet->terminals[i].bus;
		}
		return add_bus(f);
	}
	at = picture_find_lower(picture, spot.space, link);
	return at < 0 ? -1 : bus_of(f, at);
}

static void add_terminal(struct filling *f, int chip, int bus)
{
	const struct picture *picture = f->drawing->picture;
	struct sheet *sheet = f->sheet;
	const struct space_link *link = picture_at(picture, sheet->chips[chip].spot);
	const struct space_link *peer = picture_at(picture, link->peer);

	sheet->terminals = xgrow(sheet->terminals, sheet->terminal_count,
				 sizeof(*sheet->terminals));
	sheet->terminals[sheet->terminal_count++] = (struct terminal){
		.bus = bus,
		.chip = chip,
		.is_down = !(link->link.flags & IFF_UP) || (peer && !(peer->link.flags & IFF_UP))
	};
	sheet->buses[bus].is_masqueraded |= is_masqueraded(picture, link);
}

static bool is_in_box(const struct space_link *link)
{
	return !(link->link.flags & IFF_LOOPBACK);
}

static void add_container(struct filling *f, int at)
{
	const struct space *space = &f->drawing->picture->spaces[at];
	size_t hidden = 0;

	open_box(f, at);
	for (size_t i = 0; i < space->link_count; i++) {
		struct spot spot = { .space = at, .link = (int)i };
		struct chip *chip;
		int bus;

		if (!is_in_box(&space->links[i]))
			continue;
		if (f->sheet->chip_count - f->sheet->boxes[f->sheet->box_count - 1].first ==
		    MOST_CHIPS) {
			hidden++;
			continue;
		}
		chip = add_link_chip(f, at, (int)i);
		chip_describe_attachment(f->drawing, chip, &space->links[i]);
		if (space->links[i].peer.space == 0) /* that end is only a line */
			chip_add_findings(f->drawing, chip,
					  picture_at(f->drawing->picture, space->links[i].peer));
		bus = find_bus(f, spot);
		if (bus >= 0)
			add_terminal(f, (int)f->sheet->chip_count - 1, bus);
	}
	if (f->sheet->chip_count == f->sheet->boxes[f->sheet->box_count - 1].first)
		add_word_chip(f, "no interface", xstrdup("nothing but lo"));
	close_box(f, hidden);
}

static void add_host_chip(struct filling *f, int at)
{
	struct chip *chip = add_link_chip(f, 0, at);
	int bus = f->bus_of_link[at];

	chip->is_way_out = is_way_out(f, at);
	chip->bus = bus;
	if (bus >= 0)
		f->sheet->buses[bus].chip = (int)f->sheet->chip_count - 1;
	f->sheet->has_outside |= chip->is_way_out;
}

/* A chip of its own for what is wrong with the host as a whole. */
static void add_host_findings(const struct filling *f)
{
	size_t at = 0;

	if (!blame_next(f->drawing->blame_or_null, NULL, &at))
		return;
	chip_add_findings(f->drawing, sheet_add_chip(f->sheet), NULL);
}

/* After the containers, so that it is known which links are buses; first of the boxes in the end.
 */
static void add_host(struct filling *f)
{
	const struct space *host = host_of(f);
	struct sheet *sheet = f->sheet;
	size_t hidden = 0, plain = 0;

	open_box(f, 0);
	for (size_t i = 0; i < host->link_count; i++) {
		const struct space_link *link = &host->links[i];

		if (f->bus_of_link[i] < 0 &&
		    (!is_drawn(f->drawing, link) || (is_line(link) && !is_way_out(f, (int)i))))
			continue;
		if (f->bus_of_link[i] < 0 && !is_way_out(f, (int)i) && plain++ >= MOST_CHIPS)
			hidden++;
		else
			add_host_chip(f, (int)i);
	}
	add_host_findings(f);
	if (f->routed >= 0) {
		add_word_chip(f, "routed by the host",
			      xstrdup("pairs without a bridge: the host routes to each container"));
		sheet->chips[sheet->chip_count - 1].bus = f->routed;
		sheet->buses[f->routed].chip = (int)sheet->chip_count - 1;
	}
	close_box(f, hidden);
}

static int first_bus(const struct sheet *sheet, const struct box *box)
{
	for (size_t i = 0; i < sheet->terminal_count; i++)
		if ((size_t)sheet->terminals[i].chip >= box->first &&
		    (size_t)sheet->terminals[i].chip < box->first + box->count)
			return sheet->terminals[i].bus;
	return (int)sheet->bus_count;
}

struct ranked {
	struct box box;
	int bus;
	size_t was;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;

	if (left->bus != right->bus)
		return left->bus - right->bus;
	return left->was < right->was ? -1 : 1;
}

/* The host first, then the containers of each bus together. */
static void sort_boxes(struct sheet *sheet)
{
	cleanup_free struct ranked *ranked = xcalloc(sheet->box_count, sizeof(*ranked));

	for (size_t i = 0; i < sheet->box_count; i++) {
		const struct box *box = &sheet->boxes[i];

		ranked[i] = (struct ranked){ .box = *box,
					     .bus = box->space == 0 ? -1 : first_bus(sheet, box),
					     .was = i };
	}
	qsort(ranked, sheet->box_count, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < sheet->box_count; i++)
		sheet->boxes[i] = ranked[i].box;
}

void sheet_fill(const struct drawing *drawing, struct sheet *ret)
{
	const struct picture *picture = drawing->picture;
	cleanup_free int *bus_of_link = xcalloc(picture->spaces[0].link_count + 1, sizeof(int));
	struct filling f = {
		.drawing = drawing, .sheet = ret, .bus_of_link = bus_of_link, .routed = -1
	};
	size_t drawn = 0;

	*ret = (struct sheet){ 0 };
	for (size_t i = 0; i < picture->spaces[0].link_count; i++)
		bus_of_link[i] = -1;
	for (size_t i = 1; i < picture->space_count; i++)
		drawn += is_space_drawn(drawing, &picture->spaces[i]);
	f.is_crowded = drawn > FEW_BOXES;
	for (size_t i = 1; i < picture->space_count; i++)
		if (is_space_drawn(drawing, &picture->spaces[i]))
			add_container(&f, (int)i);
	add_host(&f);
	sort_boxes(ret);
}

void sheet_release(struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->chip_count; i++) {
		for (size_t j = 0; j < sheet->chips[i].line_count; j++)
			free(sheet->chips[i].lines[j].text);
		free(sheet->chips[i].title);
	}
	for (size_t i = 0; i < sheet->box_count; i++)
		free(sheet->boxes[i].name);
	free(sheet->chips);
	free(sheet->boxes);
	free(sheet->buses);
	free(sheet->terminals);
	free(sheet->rails);
}
