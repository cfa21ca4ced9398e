/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One epoll, one timer. */
#include "events.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000, MILLION = 1000000 };

int64_t events_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec / MILLION;
}

int events_open(struct events *events)
{
	struct epoll_event timer = { .events = EPOLLIN };

	events->epoll = epoll_create1(EPOLL_CLOEXEC);
	events->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (events->epoll < 0 || events->timer < 0)
		return -errno;
	return epoll_ctl(events->epoll, EPOLL_CTL_ADD, events->timer, &timer) < 0 ? -errno : 0;
}

void events_close(struct events *events)
{
	close_fd(&events->timer);
	close_fd(&events->epoll);
	events->timer = events->epoll = -1;
}

static int control(struct events *events, int operation, struct event *event, uint32_t what)
{
	struct epoll_event wanted = { .events = what, .data.ptr = event };

	return epoll_ctl(events->epoll, operation, event->fd, &wanted) < 0 ? -errno : 0;
}

int events_add(struct events *events, struct event *event, uint32_t what)
{
	int r = control(events, EPOLL_CTL_ADD, event, what);

	event->waited_by = r < 0 ? NULL : events;
	return r;
}

int events_change(struct events *events, struct event *event, uint32_t what)
{
	return control(events, EPOLL_CTL_MOD, event, what);
}

/*
 * Closing alone would do, were it sure that nobody has a copy and that the kernel closes: else what
 * was freed would be heard.
 */
void event_close(struct event *event)
{
	if (event->waited_by)
		(void)epoll_ctl(event->waited_by->epoll, EPOLL_CTL_DEL, event->fd, NULL);
	event->waited_by = NULL;
	close_fd(&event->fd);
	event->fd = -1;
}

/* A time that has passed already is heard at once; one of zero would stop the timer. */
static int set_timer(struct events *events, int64_t until)
{
	struct itimerspec when = { 0 };

	if (until == events->timer_at)
		return 0;
	if (until < INT64_MAX) {
		until = until < 1 ? 1 : until;
		when.it_value.tv_sec = until / SECOND;
		when.it_value.tv_nsec = until % SECOND * MILLION;
	}
	if (timerfd_settime(events->timer, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		return -errno;
	events->timer_at = until;
	return 0;
}

/* One at a time: what is heard may end what else would have been. */
int events_wait(struct events *events, int64_t until, void *daemon)
{
	struct epoll_event heard;
	struct event *event;
	uint64_t ignored;
	int r = set_timer(events, until);

	if (r < 0)
		return r;
	r = epoll_wait(events->epoll, &heard, 1, -1);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	event = heard.data.ptr;
	if (event) {
		event->heard(event, heard.events, daemon);
		return 0;
	}
	ignore((int)read(events->timer, &ignored, sizeof(ignored))); /* it only stops the ringing */
	events->timer_at = INT64_MAX;
	return 1;
}
