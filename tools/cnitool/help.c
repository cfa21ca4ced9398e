/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool help. */
#include "tool.h"

int verb_help(struct tool *tool, struct cni_error *err)
{
	const struct verb *verb = NULL;

	if (tool->argument_count > 0) {
		verb = verb_find(tool->arguments[0]);
		if (!verb)
			return cni_fail(err, CNI_ERR_INTERNAL, 0, "unknown command: %s",
					tool->arguments[0]);
	}
	print_help(verb, &tool->out);
	return 0;
}
