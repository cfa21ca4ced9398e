/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text that grows. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"

static void make_room(struct text *text, size_t more)
{
	size_t need = text->len + more + 1;

	if (need < more)
		out_of_memory();
	if (need <= text->room)
		return;
	text->room = need < 64 ? 64 : need + need / 2;
	text->s = xrealloc(text->s, text->room);
}

void text_add_bytes(struct text *text, const void *bytes, size_t size)
{
	make_room(text, size);
	if (size)
		memcpy(text->s + text->len, bytes, size);
	text->len += size;
	text->s[text->len] = '\0';
}

void text_add(struct text *text, const char *s)
{
	text_add_bytes(text, s, strlen(s));
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list args, again;
	int size;

	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (size < 0)
		out_of_memory();
	make_room(text, (size_t)size);
	(void)vsnprintf(text->s + text->len, (size_t)size + 1, format,
			again); /* it fits: measured */
	va_end(again);
	text->len += (size_t)size;
}

void text_release(struct text *text)
{
	free(text->s);
	*text = (struct text){ 0 };
}
