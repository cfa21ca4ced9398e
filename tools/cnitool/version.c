/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool version. */
#include "base/release.h"
#include "tool.h"

int verb_version(struct tool *tool, struct cni_error *err)
{
	(void)err;
	text_addf(&tool->out, "cnitool %s\n", release);
	return 0;
}
