/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool show: which form is wanted, and the picture that Graphviz makes. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "draw.h"
#include "plugin/spawn.h"
#include "target.h"

/* The program `dot` in PATH; NULL when there is none. */
static char *find_dot(void)
{
	const char *folder = getenv("PATH");

	while (folder && *folder) {
		size_t size = strcspn(folder, ":");
		cleanup_free char *path = xasprintf("%.*s/dot", (int)size, folder);

		if (size && access(path, X_OK) == 0)
			return steal(&path);
		folder += size + (folder[size] == ':');
	}
	return NULL;
}

static int make_svg(struct tool *tool, const struct text *graph, struct cni_error *err)
{
	static const char *const arguments[] = { "-Tsvg", NULL };
	static const char *const no_variables[] = { NULL };
	stop_child struct child child = { 0 };
	cleanup_spawned struct spawned dot = { 0 };
	cleanup_free char *path = find_dot();
	int r;

	if (!path) {
		r = cni_fail(err, CNI_ERR_INTERNAL, ENOENT,
			     "dot, the program that makes the picture");
		cni_error_details(
			err, "install it with `apt-get install graphviz`, or use --dot elsewhere");
		return r;
	}
	r = spawn_start(&(struct spawn){ .path = path,
					 .arguments = arguments,
					 .set_variables = no_variables,
					 .input = graph,
					 .signal_mask = &tool->signal_mask },
			&child);
	if (r == 0)
		r = child_wait(&child, &dot);
	if (r < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, -r, "cannot run %s", path);
	if (dot.signal || dot.exit_status)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s failed: %s", path,
				dot.errors.s ? dot.errors.s : "");
	text_add_bytes(&tool->out, dot.output.s, dot.output.len);
	return 0;
}

int verb_show(struct tool *tool, struct cni_error *err)
{
	cleanup_picture struct picture picture = { 0 };
	cleanup_text struct text graph = { 0 };
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
	else if (!tool->options.svg)
		draw_tree(&drawing, &tool->out);
	if (!tool->options.svg)
		return 0;
	draw_dot(&drawing, &graph);
	return make_svg(tool, &graph, err);
}
