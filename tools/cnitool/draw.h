/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A picture in words: as a tree, as data, as a graph. `network` limits it to what belongs to one
 * network; NULL: all.
 */
#pragma once

#include "blame.h"
#include "picture.h"

struct drawing {
	const struct picture *picture;
	const char *network_or_null;
	const struct blame *blame_or_null;
	bool has_colour;
};

void draw_tree(const struct drawing *drawing, struct text *out);
void draw_json(const struct drawing *drawing, struct text *out);
void draw_dot(const struct drawing *drawing, struct text *out);

/* Common to them. */

/*
 * Whether the host's link is part of the drawing: a bridge with ports of the network, a port, a
 * pair, the uplink.
 */
bool is_drawn(const struct drawing *drawing, const struct space_link *link);

/* Whether the namespace has anything to show. */
bool is_space_drawn(const struct drawing *drawing, const struct space *space);

/* "10.1.0.5/16 fd00::5/64", with `separator` between; "" when there are none. */
void add_addresses(const struct space_link *link, const char *separator, struct text *out);

/*
 * The default route's gateway through the link, or of the space when `link` is 0; "" when there
 * is none.
 */
void add_default_routes(const struct space *space, int link, const char *separator,
			struct text *out);

/* "8080→80/tcp 53→53/udp" of an attachment, from what the runtime was asked for. */
void add_ports(const struct space_link *link, const char *separator, struct text *out);

/* "masquerade" or "", "ports …". */
bool is_masqueraded(const struct picture *picture, const struct space_link *link);
bool has_ports(const struct picture *picture, const struct space_link *link);
