/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench: the part of `make bench` that has to be quick and exact. What is measured, in which order,
 * and what is made of the numbers is up to bench.py.
 *
 *	bench serve		does what the lines on stdin ask for, as told in serve.c
 *	bench count COMMAND…	runs it and prints what it cost beside time
 */
#include <errno.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "count.h"
#include "serve.h"

static int print_count(char *const command[])
{
	struct count count;
	int r = count_command(command, &count);

	if (r < 0) {
		cleanup_free char *reason = error_text(-r);

		(void)fprintf(stderr, "bench: cannot run %s: %s\n", command[0], reason);
		return 125;
	}
	(void)printf(
		"{\"execs\": %ld, \"system_calls\": %ld, \"netlink_messages\": %ld, \"transactions\": %ld, "
		"\"page_faults\": %ld, \"peak_rss_kb\": %ld, \"instructions\": %lld, "
		"\"status\": %d}\n",
		count.execs, count.system_calls, count.netlink_messages, count.transactions,
		count.page_faults, count.peak_rss_kb, count.instructions, count.status);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && text_equal(argv[1], "serve"))
		return serve(stdin, stdout) < 0;
	if (argc > 2 && text_equal(argv[1], "count"))
		return print_count(argv + 2);
	(void)fprintf(stderr, "usage: bench serve | bench count COMMAND...\n");
	return 2;
}
