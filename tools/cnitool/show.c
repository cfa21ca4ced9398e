/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool show: which form is wanted. */
#include "sheet.h"
#include "target.h"

int verb_show(struct tool *tool, struct cni_error *err)
{
	cleanup_picture struct picture picture = { 0 };
	struct drawing drawing = { .picture = &picture,
				   .network_or_null = tool->arguments[0],
				   .has_colour = terminal_wants_colour() };
	int r = picture_take(tool->runtime.cache, &picture, err);

	if (r == 0)
		r = target_check_network(tool, &picture, err);
	if (r < 0)
		return r;
	if (picture.marks_error < 0)
		return cni_fail(err, CNI_ERR_FIREWALL, -picture.marks_error,
				"cannot read the tables of nftables");
	if (tool->options.json)
		draw_json(&drawing, &tool->out);
	else if (tool->options.dot)
		draw_dot(&drawing, &tool->out);
	else if (tool->options.svg)
		draw_svg(&drawing, &tool->out);
	else if (tool->options.html)
		draw_html(&drawing, &tool->out);
	else
		draw_tree(&drawing, &tool->out);
	return 0;
}
