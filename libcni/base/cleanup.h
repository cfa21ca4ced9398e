/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ownership you can see in a declaration: what is declared with cleanup_* is given back
 * when its scope ends, unless it was handed over with steal().
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define must_check __attribute__((warn_unused_result))
#define printf_like(text_at, values_at)                                                            \
	__attribute__((format(printf, text_at, values_at), nonnull(text_at)))

/*
 * Ignores the result of a must_check call (a cast to void does not please every compiler); the
 * reason stands beside it.
 */
#define ignore(call) ((void)!(call))

/* Runs fn(&variable) when the variable leaves its scope. */
#define cleanup_with(fn) __attribute__((cleanup(fn)))

static inline void free_pointer(void *pointer)
{
	free(*(void **)pointer);
}

static inline void close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing is buffered behind our descriptors */
}

#define cleanup_free cleanup_with(free_pointer)
#define cleanup_close cleanup_with(close_fd)

/* Hands a pointer over: yields its value and leaves NULL behind. */
#define steal(pointer)                                                                             \
	({                                                                                         \
		__auto_type steal_from = (pointer);                                                \
		__auto_type steal_value = *steal_from;                                             \
		*steal_from = NULL;                                                                \
		steal_value;                                                                       \
	})

/* Hands a descriptor over: yields it and leaves -1 behind. */
static inline int steal_fd(int *fd)
{
	int value = *fd;

	*fd = -1;
	return value;
}

#define array_size(array) (sizeof(array) / sizeof((array)[0]))
