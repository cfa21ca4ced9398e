/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon waits for: descriptors, and a time. */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"

struct events {
	int epoll, timer; /* -1: closed */
	int64_t timer_at; /* INT64_MAX: it does not run */
};

#define EVENTS_CLOSED                                                                              \
	{                                                                                          \
		.epoll = -1, .timer = -1, .timer_at = INT64_MAX                                    \
	}

/* Part of what owns the descriptor; it stays where it is while it is waited for. */
struct event {
	int fd;				/* -1: none */
	const struct events *waited_by; /* NULL: nobody waits for it */
	void (*heard)(struct event *event, uint32_t what, void *daemon);
};

int events_open(struct events *events) must_check;
void events_close(struct events *events);

/* `what` is EPOLLIN and its kin; EPOLLHUP and EPOLLERR are heard in any case. -errno. */
int events_add(struct events *events, struct event *event, uint32_t what) must_check;
int events_change(struct events *events, struct event *event, uint32_t what) must_check;

/* Ends its being waited for, whoever else has the same descriptor, and closes it. */
void event_close(struct event *event);

/* Waits for one event or the time, and calls who is meant; 1 when it was the time. -errno. */
int events_wait(struct events *events, int64_t until, void *daemon) must_check;

/* Milliseconds of a clock that goes on while the machine sleeps, and begins with the boot. */
int64_t events_now(void);
