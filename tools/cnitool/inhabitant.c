/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container has made the file, and the file system on which it is: one of FUSE answers when its
 * owner likes, and no signal but SIGKILL ends the waiting for it. So a process of its own waits.
 */
#include "inhabitant.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/signals.h"

enum { ANSWER_MS = 1000 };

/* The root of a process, unless it is the one that we have. */
static int open_root(long process)
{
	cleanup_free char *path = xasprintf("/proc/%ld/root", process);
	cleanup_close int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat theirs, ours;

	if (fd < 0 || fstat(fd, &theirs) < 0 || stat("/", &ours) < 0)
		return -1;
	if (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)
		return -1;
	return steal_fd(&fd);
}

/* The container has made the file: a link stays within its root, and only a plain file is opened.
 */
static int read_within(int root, const char *path, char buffer[INHABITANT_FILE_SIZE])
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	cleanup_close int place = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	cleanup_close int fd = -1;
	char own[32];
	struct stat st;
	ssize_t size;

	if (place < 0 || fstat(place, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	(void)snprintf(own, sizeof(own), "/proc/self/fd/%d", place); /* it has room */
	fd = open(own, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size = fd < 0 ? -1 : read(fd, buffer, INHABITANT_FILE_SIZE - 1);
	if (size < 0)
		return -errno;
	buffer[size] = '\0';
	return 0;
}

/* The process that waits. */
_Noreturn static void tell(long process, const char *path, char *buffer, int to)
{
	cleanup_close int root = open_root(process);
	int r = root < 0 ? root : read_within(root, path, buffer);

	if (r == 0)
		r = file_write_fd(to, buffer, strlen(buffer) + 1);
	_exit(r < 0);
}

/* Until the zero behind it. */
static int hear(int from, char ret[INHABITANT_FILE_SIZE])
{
	struct deadline deadline = deadline_in(ANSWER_MS);
	size_t size = 0;

	while (size < INHABITANT_FILE_SIZE) {
		struct pollfd in = { .fd = from, .events = POLLIN };
		int r = signals_poll(&in, 1, deadline);
		ssize_t got;

		if (r <= 0)
			return r < 0 ? r : -ETIMEDOUT;
		got = read(from, ret + size, INHABITANT_FILE_SIZE - size);
		if (got <= 0)
			return -ENOENT;
		size += (size_t)got;
		if (!ret[size - 1])
			return 0;
	}
	return -ENOENT;
}

int inhabitant_read(long process, const char *path, char ret[INHABITANT_FILE_SIZE])
{
	int pipe_fds[2];
	pid_t pid;
	int r;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		tell(process, path, ret, pipe_fds[1]);
	close_fd(&pipe_fds[1]);
	r = pid < 0 ? -EAGAIN : hear(pipe_fds[0], ret);
	close_fd(&pipe_fds[0]);
	if (pid < 0)
		return r;
	/* A file system that does not even let it die keeps it, not us. */
	(void)kill(pid, SIGKILL);			/* not waited for yet: it is there */
	(void)waitpid(pid, NULL, r == 0 ? 0 : WNOHANG); /* it ends now, or later */
	return r;
}
