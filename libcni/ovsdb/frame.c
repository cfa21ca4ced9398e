/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts brackets and commas outside of strings. */
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

static int count_value(struct frame *frame)
{
	return ++frame->values > FRAME_VALUES_MAX ? -EFBIG : 0;
}

static int open_bracket(struct frame *frame)
{
	int r = count_value(frame);

	if (r < 0)
		return r;
	return ++frame->depth > FRAME_DEPTH_MAX ? -EBADMSG : 0;
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
		int r = 0;

		if (frame->in_string) {
			scan_string(frame, c);
			continue;
		}
		if (!frame->depth && !may_begin(c))
			return -EBADMSG;
		if (c == '"')
			frame->in_string = true;
		else if (c == '{' || c == '[')
			r = open_bracket(frame);
		else if (c == ',')
			r = count_value(frame);
		else if ((c == '}' || c == ']') && --frame->depth == 0)
			return (long)i + 1;
		if (r < 0)
			return r;
	}
	return 0;
}
