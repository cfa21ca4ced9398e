/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool check. */
#include "target.h"

int verb_check(struct tool *tool, struct cni_error *err)
{
	cleanup_target struct target target = { 0 };

	return target_read(tool, &target, err)
		       ?: runtime_check(&tool->runtime, &target.list, &target.container, err);
}
