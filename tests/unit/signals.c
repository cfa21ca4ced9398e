/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/signals.h"

#include <errno.h>
#include <sys/wait.h>

#include "unit.h"

/* In a process of its own, which the signals may end. Returns fn's answer. */
static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	sigset_t before;
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		signals_hold(&before);
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int hear_nothing(void)
{
	return -signals_heard();
}

static int hear_once(void)
{
	(void)raise(SIGTERM); /* held back */
	if (signals_heard() != -EINTR)
		return 1;
	return signals_heard() == 0 ? 0 : 2;
}

static int hear_other_signals(void)
{
	(void)raise(SIGHUP);
	return -signals_heard();
}

static int turns_until_heard(void)
{
	size_t turn = 0;

	(void)raise(SIGTERM);
	while (signals_in_turn(turn) == 0)
		turn++;
	return turn == SIGNALS_TURNS - 1 ? 0 : 1;
}

static void a_loop_hears_a_signal_once(void **state)
{
	(void)state;
	assert_int_equal(in_child(hear_nothing), 0);
	assert_int_equal(in_child(hear_other_signals), EINTR);
	assert_int_equal(in_child(hear_once), 0);
}

static void a_loop_looks_in_each_1024th_turn(void **state)
{
	(void)state;
	assert_int_equal(in_child(turns_until_heard), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loop_hears_a_signal_once),
		cmocka_unit_test(a_loop_looks_in_each_1024th_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
