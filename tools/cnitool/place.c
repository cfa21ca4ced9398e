/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file put where others may be using it: written under another name, synced, renamed. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

static const char lock_name[] = ".cnitool.lock";

enum { LOCK_MODE = 0600 };

/* A lock on the folder itself could be taken by everybody who may read it. */
static int open_lock(int dir_fd)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = openat(dir_fd, lock_name, flags);

	if (fd < 0 && errno == ENOENT)
		fd = openat(dir_fd, lock_name, flags | O_CREAT | O_EXCL, LOCK_MODE);
	return fd < 0 ? -errno : fd;
}

static bool is_ours_alone(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	       !(status.st_mode & 077);
}

/* Who had the lock before us removed it. */
static bool is_gone(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_nlink == 0;
}

/* 0 with the lock, or -EAGAIN when it is to be tried once more. */
static int take_turn(int dir_fd, struct deadline deadline, struct place_turn *turn)
{
	cleanup_close int fd = open_lock(dir_fd);
	int r;

	if (fd == -EEXIST)
		return -EAGAIN;
	if (fd == -ELOOP || (fd >= 0 && !is_ours_alone(fd)))
		return unlinkat(dir_fd, lock_name, 0) < 0 && errno != ENOENT ? -errno : -EAGAIN;
	if (fd < 0)
		return fd;
	r = file_lock(fd, deadline);
	if (r == -ETIMEDOUT || r == -EINTR)
		return r;
	if (r == 0 && is_gone(fd))
		return -EAGAIN;
	*turn = (struct place_turn){ .dir_fd = dir_fd, .lock_fd = steal_fd(&fd) };
	return 0; /* also without a lock, where the file system has none */
}

int place_turn_wait(int dir_fd, struct deadline deadline, struct place_turn *ret)
{
	int r;

	*ret = (struct place_turn){ .dir_fd = dir_fd, .lock_fd = -1 };
	do {
		r = take_turn(dir_fd, deadline, ret);
	} while (r == -EAGAIN && deadline_left(deadline) > 0);
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

void place_turn_end(struct place_turn *turn)
{
	if (turn->lock_fd < 0)
		return;
	(void)unlinkat(turn->dir_fd, lock_name, 0); /* who comes next makes it, or uses this one */
	close_fd(&turn->lock_fd);
	turn->lock_fd = -1;
}

int place_read(int dir_fd, const char *name, struct text *ret_content, struct stat *ret_status)
{
	if (fstatat(dir_fd, name, ret_status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(ret_status->st_mode))
		return -EINVAL;
	return file_read_at(dir_fd, name, ret_content);
}

/*
 * Always a new file: what stands there was left by a process that was killed, or is a FIFO or the
 * second name of another file, put there by somebody who may write to the folder. The mode is set
 * on the descriptor, as the umask has no say in it.
 */
static int write_out(int dir_fd, const char *name, const struct text *content, mode_t mode)
{
	cleanup_close int fd = file_open_fresh(dir_fd, name);
	int r;

	if (fd < 0)
		return fd;
	r = file_write_fd(fd, content->s ? content->s : "", content->len);
	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int place_file(int dir_fd, const char *name, const struct text *content, mode_t mode)
{
	cleanup_free char *beside = xasprintf(".%s.new", name);
	int r = write_out(dir_fd, beside, content, mode);

	if (r == 0 && renameat(dir_fd, beside, dir_fd, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir_fd, beside, 0); /* it may not even be there */
	return r;
}
