/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool add: prints the result. */
#include "target.h"

int verb_add(struct tool *tool, struct cni_error *err)
{
	cleanup_target struct target target = { 0 };
	cleanup_added struct added added = { 0 };
	int r = target_read(tool, &target, err)
			?: runtime_add(&tool->runtime, &target.list, &target.container, &added,
				       err);

	if (r == 0)
		text_add_bytes(&tool->out, added.json.s, added.json.len);
	return r;
}
