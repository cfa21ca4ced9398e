/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/signals.h"
#include "unit.h"

/* The kernel's end, and ours. */
struct line {
	int kernel;
	struct netlink ours;
};

static void line_open(struct line *line)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	*line = (struct line){ .kernel = ends[0], .ours = { .fd = ends[1] } };
}

static void line_close(struct line *line)
{
	close_fd(&line->kernel);
	close_fd(&line->ours.fd);
}

static void tell(const struct line *line)
{
	const struct nlmsghdr message = { .nlmsg_len = sizeof(message),
					  .nlmsg_type = NLMSG_MIN_TYPE };

	assert_int_equal(send(line->kernel, &message, sizeof(message), 0), sizeof(message));
}

/* And the next message comes at once. */
static int is_endless(const struct nlmsghdr *message, void *data)
{
	(void)message;
	tell(data);
	return 0;
}

static int is_any(const struct nlmsghdr *message, void *data)
{
	(void)message;
	(void)data;
	return 1;
}

static void what_is_heard_is_told(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	tell(&line);
	assert_int_equal(netlink_wait(&line.ours, deadline_in(10000), is_any, NULL), 0);
	assert_int_equal(netlink_wait(&line.ours, deadline_in(1), is_any, NULL), -ETIMEDOUT);
	line_close(&line);
}

static void a_flood_ends_at_the_deadline(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	tell(&line);
	assert_int_equal(netlink_wait(&line.ours, deadline_in(20), is_endless, &line), -ETIMEDOUT);
	/* Also where each message counts, and the caller looks and waits again. */
	assert_int_equal(netlink_wait(&line.ours, deadline_in(0), is_any, NULL), -ETIMEDOUT);
	line_close(&line);
}

static void a_flood_ends_at_a_signal(void **state)
{
	struct line line;
	sigset_t before;

	(void)state;
	line_open(&line);
	tell(&line);
	signals_hold(&before);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(netlink_wait(&line.ours, deadline_in(10000), is_endless, &line), -EINTR);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	line_close(&line);
}

/* Asks somebody else while the message is read, which stays as it was. */
static int asks_elsewhere(const struct nlmsghdr *message, void *data)
{
	const struct nlmsghdr before = *message;
	const struct nlmsghdr other = { .nlmsg_len = sizeof(other),
					.nlmsg_type = NLMSG_MIN_TYPE + 1 };
	struct line *elsewhere = data;

	assert_int_equal(send(elsewhere->kernel, &other, sizeof(other), 0), sizeof(other));
	assert_int_equal(netlink_wait(&elsewhere->ours, deadline_in(10000), is_any, NULL), 0);
	assert_memory_equal(message, &before, sizeof(before));
	return 1;
}

static void a_question_within_an_answer_leaves_it_alone(void **state)
{
	struct line line, elsewhere;

	(void)state;
	line_open(&line);
	line_open(&elsewhere);
	for (int i = 0; i < 3; i++) {
		tell(&line);
		assert_int_equal(netlink_wait(&line.ours, deadline_in(10000), asks_elsewhere,
					      &elsewhere),
				 0);
	}
	line_close(&elsewhere);
	line_close(&line);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_heard_is_told),
		cmocka_unit_test(a_flood_ends_at_the_deadline),
		cmocka_unit_test(a_flood_ends_at_a_signal),
		cmocka_unit_test(a_question_within_an_answer_leaves_it_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
