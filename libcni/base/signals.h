/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGTERM, SIGINT and SIGHUP wait while a command changes the system: a command either completes or
 * is undone. Only where we wait for others (a delegate, a lock, a link) do they end the waiting,
 * with -EINTR, and the guards put everything back.
 */
#pragma once

#include <poll.h>
#include <signal.h>

#include "base/cleanup.h"
#include "base/deadline.h"

/* Holds the signals back and ignores SIGPIPE, for the whole process; the old mask for children. */
void signals_hold(sigset_t *ret_mask_before);

/*
 * poll() that the held signals can end: the number of ready descriptors, 0 at the deadline, -EINTR
 * after one of our signals, other -errno.
 */
int signals_poll(struct pollfd *fds, nfds_t count, struct deadline deadline) must_check;
