/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a delegate is started, fed, listened to and waited for. */
#include "plugin/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/signals.h"

enum {
	BUSY_TRIES =
		6, /* a program being written to (ETXTBSY) is tried again, as the reference does */
	BUSY_PAUSE_MS = 1000,
	TERM_GRACE_MS = 5000, /* after SIGTERM, before SIGKILL */
	NO_LIMIT_MS = 24 * 3600 * 1000,
};

/* The three streams of a child: our ends and its ends. */
struct streams {
	int input;		  /* holds all of it: nothing has to be fed */
	int output[2], errors[2]; /* pipes: read end, write end */
};

static void streams_close(struct streams *streams)
{
	close_fd(&streams->input);
	for (int i = 0; i < 2; i++) {
		close_fd(&streams->output[i]);
		close_fd(&streams->errors[i]);
	}
}

/* A pipe takes a page without waiting for a reader, and costs a third of a file in memory. */
static int open_pipe(const struct text *input, int *ret)
{
	cleanup_close int begin = -1, end = -1;
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	begin = fds[0];
	end = fds[1];
	r = file_write_fd(end, input->s, input->len);
	if (r == 0)
		*ret = steal_fd(&begin);
	return r;
}

static int open_memory(const struct text *input, int *ret)
{
	cleanup_close int fd = memfd_create("stdin", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = file_write_fd(fd, input->s, input->len);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	*ret = steal_fd(&fd);
	return 0;
}

static int open_streams(const struct text *input, struct streams *ret)
{
	int r = input->len <= PIPE_BUF ? open_pipe(input, &ret->input)
				       : open_memory(input, &ret->input);

	if (r < 0)
		return r;
	if (pipe2(ret->output, O_CLOEXEC) < 0 || pipe2(ret->errors, O_CLOEXEC) < 0)
		return -errno;
	return 0;
}

static bool is_replaced(const char *inherited, const char *const *variables)
{
	for (size_t i = 0; variables[i]; i++) {
		size_t name_size = (size_t)(strchr(variables[i], '=') - variables[i]) + 1;

		if (strncmp(inherited, variables[i], name_size) == 0)
			return true;
	}
	return false;
}

char **spawn_environment(const char *const *variables)
{
	size_t count = 0;
	size_t used = 0;
	char **all;

	while (environ[count])
		count++;
	for (size_t i = 0; variables[i]; i++)
		count++;
	all = xcalloc(count + 1, sizeof(*all));
	for (size_t i = 0; environ[i]; i++)
		if (!is_replaced(environ[i], variables))
			all[used++] = environ[i];
	for (size_t i = 0; variables[i]; i++)
		all[used++] = (char *)variables[i];
	return all;
}

/* The array is the caller's to free, the texts are borrowed. */
static char **make_argv(const struct spawn *spawn)
{
	size_t count = 0;
	char **argv;

	while (spawn->arguments && spawn->arguments[count])
		count++;
	argv = xcalloc(count + 2, sizeof(*argv));
	argv[0] = (char *)spawn->path;
	for (size_t i = 0; i < count; i++)
		argv[i + 1] = (char *)spawn->arguments[i];
	return argv;
}

/* What a child becomes. */
struct program {
	const char *path;
	char **argv, **environment;
	const sigset_t *signal_mask;
	const struct streams *streams;
};

/*
 * In the child, which borrows our memory until it is the program: system calls only. Returns errno.
 */
static int become(const struct program *program)
{
	const struct streams *streams = program->streams;

	if (dup2(streams->input, STDIN_FILENO) < 0 || dup2(streams->output[1], STDOUT_FILENO) < 0 ||
	    dup2(streams->errors[1], STDERR_FILENO) < 0 || signal(SIGPIPE, SIG_DFL) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_DFL) == SIG_ERR ||
	    sigprocmask(SIG_SETMASK, program->signal_mask, NULL) < 0)
		return errno;
	(void)execve(program->path, program->argv, program->environment);
	return errno;
}

/*
 * posix_spawn() does the same and resets each of the 64 signals besides, which takes as long again;
 * we have handlers for none of them. The child of vfork() needs no copy of our page tables, and it
 * has become the program, or failed, when we go on.
 */
static int start_once(const struct program *program, pid_t *ret)
{
	volatile int error = 0;
	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t pid = vfork();

	if (pid == 0) {
		error = become(program);
		_exit(127);
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	if (pid < 0)
		return -errno;
	if (error)
		(void)waitpid(pid, NULL, 0);
	*ret = pid;
	return -error;
}

static int start(const struct spawn *spawn, const struct streams *streams, pid_t *ret)
{
	cleanup_free char **environment = spawn_environment(spawn->set_variables);
	cleanup_free char **argv = make_argv(spawn);
	const struct program program = { .path = spawn->path,
					 .argv = argv,
					 .environment = environment,
					 .signal_mask = spawn->signal_mask,
					 .streams = streams };
	int r;

	for (int try = 1;; try++) {
		r = start_once(&program, ret);
		if (r != -ETXTBSY || try == BUSY_TRIES)
			break;
		if (signals_poll(NULL, 0, deadline_in(BUSY_PAUSE_MS)) < 0)
			break;
	}
	return r;
}

/* Takes what is there; the descriptor becomes -1 at its end. */
static int drain(int *fd, struct text *into)
{
	char buffer[FILE_PIECE];
	ssize_t size;

	while (*fd >= 0) {
		size = read(*fd, buffer, sizeof(buffer));
		if (size > 0 && into->len + (size_t)size > FILE_READ_MAX)
			return -EFBIG;
		if (size > 0) {
			text_add_bytes(into, buffer, (size_t)size);
			continue;
		}
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno == EAGAIN)
			return 0;
		if (size < 0)
			return -errno;
		close_fd(fd);
		*fd = -1;
	}
	return 0;
}

static void keep_status(int status, struct spawned *ret)
{
	ret->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	ret->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static void take_status(pid_t pid, struct spawned *ret)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	keep_status(status, ret);
}

static void forget(struct child *child)
{
	close_fd(&child->output);
	close_fd(&child->errors);
	*child = (struct child){ 0 };
}

/* Reads both streams until the child has ended; -EINTR when a signal for us ended the waiting. */
static int listen_until_end(int pidfd, struct child *child, struct deadline deadline,
			    struct spawned *into)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = pidfd, .events = POLLIN },
			{ .fd = child->output, .events = POLLIN },
			{ .fd = child->errors, .events = POLLIN },
		};
		int r = signals_poll(fds, array_size(fds), deadline);

		if (r <= 0)
			return r < 0 ? r : -ETIMEDOUT;
		/* What the child wrote before its end is in the pipes by now. */
		r = drain(&child->output, &into->output) ?: drain(&child->errors, &into->errors);
		if (r < 0 || fds[0].revents)
			return r;
	}
}

static void terminate(pid_t pid, int pidfd, struct child *child, struct spawned *ret)
{
	(void)kill(pid, SIGTERM); /* it may have ended meanwhile */
	if (pidfd < 0 || listen_until_end(pidfd, child, deadline_in(TERM_GRACE_MS), ret) < 0)
		(void)kill(pid, SIGKILL); /* likewise */
}

/* Listens until it ends, and ends it when that cannot be. */
static int watch(struct child *child, struct spawned *into)
{
	cleanup_close int pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	int r = pidfd < 0 ? -errno : 0;

	if (r == 0)
		r = listen_until_end(pidfd, child, deadline_in(NO_LIMIT_MS), into);
	if (r < 0)
		terminate(child->pid, pidfd, child, into);
	take_status(child->pid, into);
	return r;
}

/* One that was quick, as most are, costs no watching. */
static bool has_ended(const struct child *child, struct spawned *into)
{
	int status = 0;
	bool ended = waitpid(child->pid, &status, WNOHANG) == child->pid;

	if (ended)
		keep_status(status, into);
	return ended;
}

int child_wait(struct child *child, struct spawned *ret)
{
	cleanup_spawned struct spawned spawned = { 0 };
	int r;

	if (has_ended(child, &spawned))
		r = signals_heard() ?: drain(&child->output, &spawned.output)
				       ?: drain(&child->errors, &spawned.errors);
	else
		r = watch(child, &spawned);
	forget(child);
	if (r < 0)
		return r;
	*ret = spawned;
	spawned = (struct spawned){ 0 };
	return 0;
}

void child_stop(struct child *child)
{
	cleanup_close int pidfd = -1;
	cleanup_spawned struct spawned ignored = { 0 };

	if (!child->pid)
		return;
	pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	terminate(child->pid, pidfd, child, &ignored);
	take_status(child->pid, &ignored);
	forget(child);
}

int spawn_start(const struct spawn *spawn, struct child *ret)
{
	cleanup_with(streams_close) struct streams streams = { .input = -1,
							       .output = { -1, -1 },
							       .errors = { -1, -1 } };
	struct child child = { 0 };
	int r;

	r = open_streams(spawn->input, &streams) ?: start(spawn, &streams, &child.pid);
	if (r < 0)
		return r;
	child.output = steal_fd(&streams.output[0]);
	child.errors = steal_fd(&streams.errors[0]);
	(void)fcntl(child.output, F_SETFL, O_NONBLOCK); /* a pipe of ours: cannot fail */
	(void)fcntl(child.errors, F_SETFL, O_NONBLOCK); /* likewise */
	*ret = child;
	return 0;
}

void spawned_release(struct spawned *spawned)
{
	text_release(&spawned->output);
	text_release(&spawned->errors);
}
