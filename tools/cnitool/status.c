/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool status. */
#include "target.h"

int verb_status(struct tool *tool, struct cni_error *err)
{
	cleanup_target struct target target = { 0 };

	return target_read(tool, &target, err) ?: runtime_status(&tool->runtime, &target.list, err);
}
