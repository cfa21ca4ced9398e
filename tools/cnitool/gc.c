/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool gc: the reference's gives no list of what is valid, so every cached attachment goes. */
#include "target.h"

int verb_gc(struct tool *tool, struct cni_error *err)
{
	cleanup_target struct target target = { 0 };
	const struct valid unknown = { .is_known = false };

	return target_read(tool, &target, err)
		       ?: runtime_gc(&tool->runtime, &target.list, &unknown, err);
}
