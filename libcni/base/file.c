/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files, folders and locks. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/alloc.h"
#include "base/signals.h"

/* The direction is the wrong one on purpose. */
void file_occupy_closed(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			ignore(open("/dev/null", fd == STDIN_FILENO
							 ? O_WRONLY
							 : O_RDONLY)); /* /dev may be empty */
}

int file_read_fd(int fd, struct text *text)
{
	char buffer[FILE_PIECE];

	for (;;) {
		ssize_t size = read(fd, buffer, sizeof(buffer));

		if (size == 0)
			return 0;
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return -errno;
		if (text->len + (size_t)size > FILE_READ_MAX)
			return -EFBIG;
		text_add_bytes(text, buffer, (size_t)size);
	}
}

/* A change of the file between the two calls only makes us wait for nothing. */
int file_open_regular(int dir_fd, const char *path)
{
	struct stat st;
	int fd;

	if (fstatat(dir_fd, path, &st, 0) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

int file_read_at(int dir_fd, const char *path, struct text *text)
{
	cleanup_close int fd = file_open_regular(dir_fd, path);

	return fd < 0 ? fd : file_read_fd(fd, text);
}

int file_write_fd(int fd, const void *bytes, size_t size)
{
	const char *next = bytes;

	while (size > 0) {
		ssize_t written = write(fd, next, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		next += written;
		size -= (size_t)written;
	}
	return 0;
}

int file_open_fresh(int dir_fd, const char *path)
{
	int fd;

	if (unlinkat(dir_fd, path, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int file_make_folders(const char *path, mode_t mode)
{
	cleanup_free char *part = xstrdup(path);

	for (char *slash = part + 1; *part && slash;) {
		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return -errno;
		if (slash)
			*slash++ = '/';
	}
	return 0;
}

static int try_whole(int fd, off_t at)
{
	(void)at;
	return flock(fd, LOCK_EX | LOCK_NB);
}

/* Of the open file, not of the process: it ends with the descriptor. */
static int try_byte(int fd, off_t at)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };

	return fcntl(fd, F_OFD_SETLK, &lock);
}

/* No lock can be waited for with a limit, so it is asked again, more rarely the longer it takes. */
static int wait_for_lock(int (*try)(int fd, off_t at), int fd, off_t at, struct deadline deadline)
{
	int pause_ms = 1;

	while (try(fd, at) < 0) {
		struct deadline next = deadline_in(pause_ms);
		int r;

		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK && errno != EACCES)
			return -errno;
		if (deadline_left(deadline) == 0)
			return -ETIMEDOUT;
		r = signals_poll(NULL, 0, next);
		if (r < 0)
			return r;
		if (pause_ms < 16)
			pause_ms *= 2;
	}
	return 0;
}

int file_lock(int fd, struct deadline deadline)
{
	return wait_for_lock(try_whole, fd, 0, deadline);
}

int file_lock_byte(int fd, off_t at, struct deadline deadline)
{
	return wait_for_lock(try_byte, fd, at, deadline);
}

/* A line reads: "1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF". */
pid_t file_lock_holder(int fd)
{
	cleanup_text struct text locks = { 0 };
	char *rest = NULL;
	struct stat st;

	if (fstat(fd, &st) < 0 || file_read_at(AT_FDCWD, "/proc/locks", &locks) < 0 || !locks.s)
		return 0;
	for (char *line = strtok_r(locks.s, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		unsigned major_number, minor_number;
		unsigned long inode;
		int pid;

		if (sscanf(line, "%*s FLOCK %*s WRITE %d %x:%x:%lu", &pid, &major_number,
			   &minor_number, &inode) == 4 &&
		    major_number == major(st.st_dev) && minor_number == minor(st.st_dev) &&
		    inode == st.st_ino)
			return pid;
	}
	return 0;
}
