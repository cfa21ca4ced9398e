/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGTERM, SIGINT and SIGHUP wait while a command changes the system: a command either completes or
 * is undone. Only where we wait for others (a delegate, a lock, a link) and in loops that can be
 * long do they end the work, with -EINTR, and the guards put everything back; the error has
 * code 11.
 */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/deadline.h"

/*
 * Holds the signals back and ignores those of a failed write(), SIGPIPE and SIGXFSZ, for the whole
 * process; the old mask for children, which get the two back as they are by default. Whoever is
 * started can be waited for, whatever the caller does with SIGCHLD.
 */
void signals_hold(sigset_t *ret_mask_before);

/*
 * poll() that the held signals can end: the number of ready descriptors, 0 at the deadline, -EINTR
 * after one of our signals, other -errno.
 */
int signals_poll(struct pollfd *fds, nfds_t count, struct deadline deadline) must_check;

/*
 * For loops over what can be many: -EINTR when one of our signals came, which is taken off the
 * queue so that the undoing goes on; else 0. Costs a system call.
 */
int signals_heard(void) must_check;

enum { SIGNALS_TURNS = 1024 };

/* The same in each 1024th turn of a loop that counts from 0: short loops pay nothing for it. */
static inline int signals_in_turn(size_t turn)
{
	return turn % SIGNALS_TURNS == SIGNALS_TURNS - 1 ? signals_heard() : 0;
}
