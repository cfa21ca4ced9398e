/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command and all its descendants cost, in numbers that do not depend on the machine's load.
 */
#pragma once

#include "base/cleanup.h"

struct count {
	long execs;
	long system_calls;
	long netlink_messages; /* sent */
	long transactions;     /* of nftables, among them */
	long page_faults;
	long peak_rss_kb;	/* of the largest process */
	long long instructions; /* in user space; -1 where the machine does not count them */
	int status;		/* exit status, 128 + signal */
};

/*
 * Runs it with our stdin and with /dev/null for stdout, and looks at every system call of every
 * process and thread of it. -errno when it cannot be run.
 */
int count_command(char *const command[], struct count *ret) must_check;
