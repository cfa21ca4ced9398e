/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool show: which form is wanted. */
#include <stdlib.h>

#include "base/foreign.h"
#include "inside.h"
#include "sheet.h"
#include "target.h"

/* Who looks from inside of a container takes it for the host. */
static void draw_here(const struct drawing *drawing, struct text *out)
{
	const char *inside = getenv(INSIDE_VARIABLE);

	if (!text_is_empty(inside)) {
		text_add(out, "(seen from inside of ");
		foreign_add(out, inside);
		text_add(out, ", which is called host here; what is outside cannot be seen)\n");
	}
	draw_tree(drawing, out);
}

int verb_show(struct tool *tool, struct cni_error *err)
{
	cleanup_picture struct picture picture = { 0 };
	struct drawing drawing = { .picture = &picture,
				   .network_or_null = tool->arguments[0],
				   .has_colour = terminal_wants_colour() };
	cleanup_blame struct blame blame = { 0 };
	int r = picture_take(tool->runtime.cache, PICTURE_WHOLE, &picture, err);

	if (r == 0)
		r = target_check_network(tool, &picture, err);
	if (r < 0)
		return r;
	if (picture.marks_error < 0)
		return cni_fail(err, CNI_ERR_FIREWALL, -picture.marks_error,
				"cannot read the tables of nftables");
	if (tool->options.findings) {
		r = blame_find(tool, drawing.network_or_null, &picture, &blame, err);
		drawing.blame_or_null = &blame;
	}
	if (r < 0)
		return r;
	if (tool->options.json)
		draw_json(&drawing, &tool->out);
	else if (tool->options.dot)
		draw_dot(&drawing, &tool->out);
	else if (tool->options.svg)
		draw_svg(&drawing, &tool->out);
	else if (tool->options.html)
		draw_html(&drawing, &tool->out);
	else
		draw_here(&drawing, &tool->out);
	return 0;
}
