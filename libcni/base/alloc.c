/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that gives up on memory. */
#include "base/alloc.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HEAP_KEPT = 1024 * 1024 };

static const char error_object[] =
	"{\n"
	"    \"code\": 11,\n"
	"    \"msg\": \"out of memory\",\n"
	"    \"details\": \"raise the memory limit of the runtime and try again; a DEL removes what was made so far\"\n"
	"}";

_Noreturn void give_up(const char *object)
{
	ignore(write(STDOUT_FILENO, object, strlen(object))); /* no other place to tell it */
	_exit(1);
}

_Noreturn void out_of_memory(void)
{
	give_up(error_object);
}

/* Not in musl, whose heap shrinks later. */
void heap_keep(void)
{
#ifdef M_TRIM_THRESHOLD
	(void)mallopt(M_TRIM_THRESHOLD, HEAP_KEPT); /* it can only be slower without */
#endif
}

static void *or_give_up(void *memory)
{
	if (!memory)
		out_of_memory();
	return memory;
}

void *xmalloc(size_t size)
{
	return or_give_up(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return or_give_up(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *memory, size_t size)
{
	return or_give_up(realloc(memory, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return or_give_up(strdup(text));
}

char *xstrndup(const char *text, size_t size)
{
	return or_give_up(strndup(text, size));
}

char *xvasprintf(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		out_of_memory();
	return text;
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	return text;
}

/* Doubles the array whenever `count` reaches a power of two, so growing is linear over all. */
void *xgrow(void *array, size_t count, size_t item_size)
{
	size_t room;

	if (count & (count - 1))
		return array;
	room = count ? count * 2 : 1;
	if (item_size && room > (size_t)-1 / 2 / item_size)
		out_of_memory();
	return xrealloc(array, room * item_size);
}
