/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes leases so that they appear complete or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "lease.h"

/*
 * Where a file cannot be born without a name it gets this one. It is no address, so nobody takes it
 * for a lease; only one process has it at a time, because drafts are written under the lock.
 */
#define DRAFT_NAME ".new-lease"

static int take_stamp(struct draft *draft)
{
	struct stat st;

	if (fstat(draft->fd, &st) < 0)
		return -errno;
	draft->stamp.inode = st.st_ino;
	draft->stamp.mtime = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	return 0;
}

static int write_owner(struct draft *draft, const struct attachment *owner)
{
	cleanup_text struct text content = { 0 };
	int r;

	text_addf(&content, "%s\r\n%s", owner->container_id, owner->ifname);
	r = file_write_fd(draft->fd, content.s, content.len);
	return r < 0 ? r : take_stamp(draft);
}

/* Some file systems report only on closing that a write has failed. */
static int finish_named(struct draft *draft)
{
	return close(steal_fd(&draft->fd)) < 0 ? -errno : 0;
}

static int open_draft(struct draft *draft)
{
	draft->fd = openat(draft->dir_fd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
	if (draft->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT)
		return -errno;
	draft->is_named = true;
	(void)unlinkat(draft->dir_fd, DRAFT_NAME, 0); /* of a killed process; mostly absent */
	draft->fd = openat(draft->dir_fd, DRAFT_NAME,
			   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return draft->fd < 0 ? -errno : 0;
}

int draft_write(int dir_fd, const struct attachment *owner, struct draft *ret)
{
	cleanup_draft struct draft draft = { .dir_fd = dir_fd, .fd = -1 };
	int r = open_draft(&draft);

	if (r < 0) {
		draft.is_named = false; /* what has the name is not ours */
		return r;
	}
	r = write_owner(&draft, owner);
	if (r == 0 && draft.is_named)
		r = finish_named(&draft);
	if (r < 0)
		return r;
	*ret = draft;
	draft = (struct draft){ .dir_fd = dir_fd, .fd = -1 };
	return 0;
}

/*
 * Linking a descriptor directly is a privilege; the way through /proc is open to the file's owner.
 */
static int publish_unnamed(const struct draft *draft, const char *name)
{
	char path[32];

	if (linkat(draft->fd, "", draft->dir_fd, name, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT && errno != EPERM && errno != EINVAL)
		return -errno;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", draft->fd); /* it fits */
	if (linkat(AT_FDCWD, path, draft->dir_fd, name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	return -errno;
}

/* A file system without hard links still renames exclusively. */
static int publish_named(struct draft *draft, const char *name)
{
	int dir_fd = draft->dir_fd;

	if (linkat(dir_fd, DRAFT_NAME, dir_fd, name, 0) == 0)
		return 0;
	if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
		return -errno;
	if (renameat2(dir_fd, DRAFT_NAME, dir_fd, name, RENAME_NOREPLACE) < 0)
		return -errno;
	draft->is_named = false;
	return 0;
}

int draft_publish(struct draft *draft, const char *name)
{
	return draft->is_named ? publish_named(draft, name) : publish_unnamed(draft, name);
}

void draft_release(struct draft *draft)
{
	close_fd(&draft->fd);
	if (draft->is_named)
		(void)unlinkat(draft->dir_fd, DRAFT_NAME, 0); /* the next draft tries again */
	*draft = (struct draft){ .fd = -1 };
}
