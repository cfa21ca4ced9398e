/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts brackets outside of strings. */
#include "ovsdb/frame.h"

#include <errno.h>
#include <string.h>

static void scan_string(struct frame *frame, char c)
{
	if (frame->is_escaped)
		frame->is_escaped = false;
	else if (c == '\\')
		frame->is_escaped = true;
	else if (c == '"')
		frame->in_string = false;
}

/* Between two messages: blanks, then an object. */
static bool may_begin(char c)
{
	return c == '{' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

long frame_scan(struct frame *frame, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = bytes[i];

		if (frame->in_string) {
			scan_string(frame, c);
			continue;
		}
		if (!frame->depth && !may_begin(c))
			return -EBADMSG;
		if (c == '"')
			frame->in_string = true;
		else if (c == '{' || c == '[')
			frame->depth++;
		else if ((c == '}' || c == ']') && --frame->depth == 0)
			return (long)i + 1;
	}
	return 0;
}
