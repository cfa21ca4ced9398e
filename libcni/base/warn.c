/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a warning looks. */
#include "base/warn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/foreign.h"

void cni_warn(const char *format, ...)
{
	cleanup_text struct text line = { 0 };
	cleanup_free char *message = NULL;
	va_list args;

	va_start(args, format);
	message = xvasprintf(format, args);
	va_end(args);
	text_addf(&line, "%s: ", program_invocation_short_name);
	foreign_add_line(&line, message);
	text_add(&line, "\n");
	ignore(file_write_fd(STDERR_FILENO, line.s, line.len)); /* nobody else could be told */
}
