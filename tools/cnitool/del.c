/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool del. */
#include "target.h"

int verb_del(struct tool *tool, struct cni_error *err)
{
	cleanup_target struct target target = { 0 };

	return target_read(tool, &target, err)
		       ?: runtime_del(&tool->runtime, &target.list, &target.container, err);
}
