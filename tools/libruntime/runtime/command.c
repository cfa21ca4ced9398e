/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a command is started in a namespace, and which signals it gets while we wait. */
#include "runtime/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/warn.h"
#include "net/netns.h"
#include "plugin/spawn.h"
#include "runtime/resolver.h"

enum { GRACE_MS = 3000, FOR_EVER = -1, NOT_STARTED = 127 };

static const int heard[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD };

static int listen_to_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set); /* valid arguments, as everywhere below */
	for (size_t i = 0; i < array_size(heard); i++)
		(void)sigaddset(&set, heard[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* In the child: it becomes the command, or tells the parent why not. */
_Noreturn static void become(const struct command *command, char **environment, int report)
{
	int r = resolver_place(command->resolv_conf_or_null);

	if (r < 0)
		cni_warn(
			"names are looked up as on the host: cannot put another file over /etc/resolv.conf: %s",
			strerror(-r));
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, command->signal_mask, NULL);
	(void)execvpe(command->argv[0], command->argv, environment);
	r = errno;
	ignore(file_write_fd(report, &r, sizeof(r))); /* the status tells at least that it failed */
	_exit(NOT_STARTED);
}

/* posix_spawn() cannot give a child mounts of its own. Returns an errno, 0 when it runs. */
static int start_with_names(const struct command *command, char **environment, pid_t *ret)
{
	int report[2];
	int reason = 0;

	if (pipe2(report, O_CLOEXEC) < 0)
		return errno;
	*ret = fork();
	if (*ret == 0)
		become(command, environment, report[1]);
	if (*ret < 0)
		reason = errno;
	(void)close(report[1]);
	/* nothing comes from one that has become the command */
	if (*ret > 0 && read(report[0], &reason, sizeof(reason)) == (ssize_t)sizeof(reason))
		(void)waitpid(*ret, NULL, 0);
	(void)close(report[0]);
	return reason;
}

static int start(const struct command *command, pid_t *ret, struct cni_error *err)
{
	cleanup_free char **environment = spawn_environment(command->set_variables);
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	posix_spawnattr_t attributes;
	sigset_t to_default;
	int r = netns_enter(&visit, command->netns, err);

	if (r < 0)
		return r;
	if (command->resolv_conf_or_null) {
		r = start_with_names(command, environment, ret);
		return r ? cni_fail(err, CNI_ERR_INTERNAL, r, "cannot run %s", command->argv[0])
			 : 0;
	}
	if (posix_spawnattr_init(&attributes) != 0)
		out_of_memory();
	(void)sigemptyset(&to_default);
	(void)sigaddset(&to_default, SIGPIPE);
	(void)sigaddset(&to_default, SIGXFSZ);
	(void)posix_spawnattr_setsigmask(&attributes, command->signal_mask);
	(void)posix_spawnattr_setsigdefault(&attributes, &to_default);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	r = posix_spawnp(ret, command->argv[0], NULL, &attributes, command->argv, environment);
	posix_spawnattr_destroy(&attributes);
	return r ? cni_fail(err, CNI_ERR_INTERNAL, r, "cannot run %s", command->argv[0]) : 0;
}

/* What was adopted and has ended goes; of the command itself the pidfd tells. */
static void reap_adopted(pid_t pid)
{
	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 &&
	       info.si_pid != pid)
		(void)waitpid(info.si_pid, NULL, WNOHANG); /* it has just been seen */
}

/* Passes on what somebody sent to us; true when the command is to end. */
static bool pass_on(int signals, pid_t pid)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return false;
	if (info.ssi_signo == SIGCHLD) {
		reap_adopted(pid);
		return false;
	}
	/*
	 * From the terminal: all of its foreground processes have it, the command decides what to
	 * make of it.
	 */
	if (info.ssi_code == SI_KERNEL && (info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT))
		return false;
	(void)kill(pid, (int)info.ssi_signo); /* not waited for yet: it is there */
	return true;
}

static void wait_for_end(pid_t pid, int pidfd, int signals)
{
	struct deadline deadline = { 0 };
	bool is_ending = false;

	for (;;) {
		struct pollfd fds[] = { { .fd = pidfd, .events = POLLIN },
					{ .fd = signals, .events = POLLIN } };
		int r = poll(fds, array_size(fds), is_ending ? deadline_left(deadline) : FOR_EVER);

		if (fds[0].revents)
			return;
		if (r == 0)
			(void)kill(pid, SIGKILL); /* as above */
		if (r == 0)
			return;
		if (fds[1].revents && pass_on(signals, pid) && !is_ending) {
			is_ending = true;
			deadline = deadline_in(GRACE_MS);
		}
	}
}

int command_run(const struct command *command, struct cni_error *err)
{
	cleanup_close int signals = listen_to_signals();
	cleanup_close int pidfd = -1;
	int status = 0;
	pid_t pid;
	int r;

	if (signals < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, errno, "cannot listen to signals");
	if (command->adopts)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* known since Linux 3.4 */
	r = start(command, &pid, err);
	if (r < 0)
		return r;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd >= 0)
		wait_for_end(pid, pidfd, signals);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? COMMAND_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}
