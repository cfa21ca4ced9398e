/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is always there: when the system has none, the process ends with one constant
 * CNI error object on stdout and exit status 1, so no caller checks for NULL.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"

/*
 * Once, at the start of a short-lived program: what is given back stays in the heap for the next
 * taker. Each question to the kernel takes and returns 96 KiB, for which the heap would grow and
 * shrink.
 */
void heap_keep(void);

void *xmalloc(size_t size) must_check;
void *xcalloc(size_t count, size_t size) must_check;
void *xrealloc(void *memory, size_t size) must_check;
char *xstrdup(const char *text) must_check;
char *xstrndup(const char *text, size_t size) must_check;
char *xasprintf(const char *format, ...) must_check printf_like(1, 2);
char *xvasprintf(const char *format, va_list args) must_check printf_like(1, 0);

/* Room for one item more behind the `count` items of `array`; returns the array, perhaps moved. */
void *xgrow(void *array, size_t count, size_t item_size) must_check;

/*
 * Ends the process with this error object, where going on would do harm. The guards of the callers
 * do not run: they may need what is missing. What was made carries its owner, so the next ADD or
 * DEL of the same container finds and removes it.
 */
_Noreturn void give_up(const char *object);

/* The same with the constant error; for libraries that return NULL when out of memory. */
_Noreturn void out_of_memory(void);
