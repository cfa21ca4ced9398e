/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file put where others may be using it: written under another name, synced, renamed. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"

int place_read(int dir_fd, const char *name, struct text *ret_content, mode_t *ret_mode)
{
	struct stat status;

	if (fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	*ret_mode = status.st_mode & 07777;
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
