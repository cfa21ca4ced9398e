/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a warning looks. */
#include "base/warn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/file.h"

void warn(const char *format, ...)
{
	cleanup_text struct text line = { 0 };
	cleanup_free char *message = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&message, format, args) < 0)
		out_of_memory();
	va_end(args);
	for (char *c = message; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?'; /* what a file said is not to move a terminal's cursor */
	text_addf(&line, "%s: %s\n", program_invocation_short_name, message);
	ignore(file_write_fd(STDERR_FILENO, line.s, line.len)); /* nobody else could be told */
}
