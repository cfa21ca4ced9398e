/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which signals wait, and where they are heard. */
#include "base/signals.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <time.h>

#include "base/alloc.h"

static void held_signals(sigset_t *set)
{
	(void)sigemptyset(set); /* these three cannot fail for valid arguments */
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGHUP);
}

void signals_hold(sigset_t *ret_mask_before)
{
	sigset_t held;

	held_signals(&held);
	(void)sigprocmask(SIG_BLOCK, &held, ret_mask_before);
	/* A closed pipe and a limit of a file's size are errors of write(), not our end. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	/* A caller may ignore it, and then the kernel keeps no status of those we start. */
	(void)signal(SIGCHLD, SIG_DFL);
}

int signals_poll(struct pollfd *fds, nfds_t count, struct deadline deadline)
{
	cleanup_free struct pollfd *all = xcalloc(count + 1, sizeof(*all));
	cleanup_close int signal_fd = -1;
	sigset_t held;
	int ready;

	held_signals(&held);
	signal_fd = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		return -errno;
	for (nfds_t i = 0; i < count; i++)
		all[i] = fds[i];
	all[count] = (struct pollfd){ .fd = signal_fd, .events = POLLIN };
	do {
		ready = poll(all, count + 1, deadline_left(deadline));
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	if (all[count].revents) {
		struct signalfd_siginfo heard;

		/* Taken off the queue: it ends this wait, not those of the undoing that follows. */
		ignore(read(signal_fd, &heard, sizeof(heard)));
		return -EINTR;
	}
	for (nfds_t i = 0; i < count; i++)
		fds[i] = all[i];
	return ready;
}

int signals_heard(void)
{
	static const struct timespec at_once = { 0 };
	sigset_t held;

	held_signals(&held);
	return sigtimedwait(&held, NULL, &at_once) > 0 ? -EINTR : 0;
}
