/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A point in time after which waiting ends; milliseconds of the monotonic clock. */
#pragma once

#include <stdint.h>
#include <time.h>

struct deadline {
	int64_t at_ms;
};

static inline int64_t clock_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline struct deadline deadline_in(int ms)
{
	return (struct deadline){ .at_ms = clock_now_ms() + ms };
}

/* Milliseconds left, 0 when it has passed; fits poll(). */
static inline int deadline_left(struct deadline deadline)
{
	int64_t left = deadline.at_ms - clock_now_ms();

	return left > 0 ? (int)left : 0;
}
