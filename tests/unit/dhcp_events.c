/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon of dhcp waits for, and what it hears no more. */
#include "unit.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../ipam/dhcp/events.h"

struct world {
	struct events events;
	struct event event;
	int copy, other; /* of the event's descriptor; the other end */
};

static void count(struct event *event, uint32_t what, void *data)
{
	unsigned *heard = data;

	(void)event;
	(void)what;
	++*heard;
}

static int set_up(void **state)
{
	static struct world w;
	int pair[2];

	w = (struct world){ .events = EVENTS_CLOSED };
	assert_int_equal(events_open(&w.events), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	w.event = (struct event){ .fd = pair[0], .heard = count };
	w.other = pair[1];
	w.copy = dup(pair[0]);
	assert_true(w.copy >= 0);
	assert_int_equal(events_add(&w.events, &w.event, EPOLLIN), 0);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	event_close(&w->event);
	(void)close(w->copy);
	(void)close(w->other);
	events_close(&w->events);
	return 0;
}

static void what_comes_is_heard_before_a_time_that_is_far(void **state)
{
	struct world *w = *state;
	unsigned heard = 0;

	assert_int_equal(write(w->other, "x", 1), 1);
	assert_int_equal(events_wait(&w->events, INT64_MAX, &heard), 0);
	assert_int_equal(heard, 1);
}

/* As when the kernel refuses to close it: its owner is freed, and must not be called. */
static void what_was_closed_is_not_heard_though_a_copy_is_open(void **state)
{
	struct world *w = *state;
	unsigned heard = 0;

	event_close(&w->event);
	assert_int_equal(write(w->other, "x", 1), 1);
	assert_int_equal(events_wait(&w->events, events_now() + 20, &heard), 1);
	assert_int_equal(heard, 0);
}

static void a_time_that_is_over_is_heard_at_once(void **state)
{
	struct world *w = *state;
	unsigned heard = 0;

	assert_int_equal(events_wait(&w->events, 0, &heard), 1);
	assert_int_equal(events_wait(&w->events, events_now() - 1, &heard), 1);
	assert_int_equal(heard, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_comes_is_heard_before_a_time_that_is_far,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_closed_is_not_heard_though_a_copy_is_open,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_time_that_is_over_is_heard_at_once, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
