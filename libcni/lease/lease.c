/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a lease file, what its content says, and how one comes into being. */
#include "lease/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/file.h"

enum { SIZE_LIMIT = 256 * 1024 }; /* longer than any environment variable, so no owner is */

int lease_name_parse(const char *name, struct addr *ret)
{
	char canonical[ADDR_TEXT];
	struct addr addr;

	if (addr_parse(name, &addr) < 0 || !text_equal(addr_print(&addr, canonical), name))
		return -EINVAL;
	*ret = addr;
	return 0;
}

/* White space outside ASCII that the reference strips; the lengths tell 2 from 3 bytes. */
static const char *const wide_blanks[] = {
	"\xc2\x85",	"\xc2\xa0",	"\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
	"\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
	"\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
	"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
};

/*
 * Bytes of the blank that starts (or, from the end, ends) the text; 0 when none does. NULs are what
 * a power cut leaves.
 */
static size_t blank_size(const char *s, size_t size, bool from_end)
{
	char first;

	if (!size)
		return 0;
	first = s[from_end ? size - 1 : 0];
	if (first == '\0' || strchr(" \t\n\v\f\r", first))
		return 1;
	for (size_t i = 0; i < array_size(wide_blanks); i++) {
		size_t length = strlen(wide_blanks[i]);

		if (length <= size &&
		    memcmp(from_end ? s + size - length : s, wide_blanks[i], length) == 0)
			return length;
	}
	return 0;
}

static void trim(struct text *text)
{
	size_t start = 0, length;

	while (start < text->len &&
	       (length = blank_size(text->s + start, text->len - start, false)))
		start += length;
	while (text->len > start && (length = blank_size(text->s + start, text->len - start, true)))
		text->len -= length;
	text->len -= start;
	if (text->s) {
		memmove(text->s, text->s + start, text->len);
		text->s[text->len] = '\0';
	}
}

static struct lease_stamp stamp_of(const struct stat *st)
{
	return (struct lease_stamp){
		.inode = st->st_ino,
		.mtime = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
	};
}

static int look(int fd, struct lease_stamp *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > SIZE_LIMIT)
		return -EINVAL;
	*ret = stamp_of(&st);
	return 0;
}

/* Most leases are short: one call instead of a second one that finds the end. */
static int read_content(int fd, struct lease_file *file)
{
	char start[512];
	ssize_t size = read(fd, start, sizeof(start));

	if (size < 0)
		return errno == EINTR ? file_read_fd(fd, &file->content) : -errno;
	text_add_bytes(&file->content, start, (size_t)size);
	return size < (ssize_t)sizeof(start) ? 0 : file_read_fd(fd, &file->content);
}

static int read_at(int dir_fd, const char *name, bool has_stamp, struct lease_file *file)
{
	cleanup_close int fd = openat(dir_fd, name,
				      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = has_stamp ? look(fd, &file->stamp) : 0;
	return r < 0 ? r : read_content(fd, file);
}

static bool is_shortage(int errnum)
{
	return errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM;
}

/*
 * What cannot be read at the second try either is nobody's: it must not stop those who can be
 * helped.
 */
static void read_lease(int dir_fd, const char *name, bool has_stamp, struct lease_file *ret)
{
	int r;

	*ret = (struct lease_file){ .state = LEASE_FOREIGN };
	r = read_at(dir_fd, name, has_stamp, ret);
	if (r < 0 && r != -ENOENT) {
		lease_file_release(ret);
		r = read_at(dir_fd, name, has_stamp, ret);
	}
	if (r == -ENOENT)
		ret->state = LEASE_ABSENT;
	if (is_shortage(-r))
		ret->errnum = -r;
	if (r < 0)
		return;
	trim(&ret->content);
	ret->state = ret->content.len ? LEASE_HELD : LEASE_EMPTY;
}

void lease_file_read(int dir_fd, const char *name, struct lease_file *ret)
{
	read_lease(dir_fd, name, true, ret);
}

void lease_file_read_content(int dir_fd, const char *name, struct lease_file *ret)
{
	read_lease(dir_fd, name, false, ret);
}

void lease_file_release(struct lease_file *file)
{
	text_release(&file->content);
}

size_t lease_text_id_size(const char *content)
{
	const char *end = strstr(content, "\r\n");

	return end ? (size_t)(end - content) : strlen(content);
}

bool lease_text_is_complete(const char *content)
{
	size_t size = lease_text_id_size(content);

	return size && content[size] && content[size + 2];
}

enum lease_match lease_text_match(const char *content, const struct attachment *owner)
{
	size_t size = lease_text_id_size(content);

	if (size != strlen(owner->container_id) || memcmp(content, owner->container_id, size) != 0)
		return LEASE_OTHER;
	if (!content[size])
		return LEASE_SAME_ID;
	return text_equal(content + size + 2, owner->ifname) ? LEASE_SAME : LEASE_OTHER;
}

/* ---- drafts: leases appear complete or not at all */

/*
 * Where a file cannot be born without a name it gets this one. It is no address, so nobody takes it
 * for a lease; only one process has it at a time, because drafts are written under the lock.
 */
#define DRAFT_NAME ".new-lease"

static int write_owner(struct draft *draft, const struct attachment *owner)
{
	cleanup_text struct text content = { 0 };
	struct stat st;
	int r;

	text_addf(&content, "%s\r\n%s", owner->container_id, owner->ifname);
	r = file_write_fd(draft->fd, content.s, content.len);
	if (r < 0)
		return r;
	if (fstat(draft->fd, &st) < 0)
		return -errno;
	draft->stamp = stamp_of(&st);
	return 0;
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
	r = write_owner(&draft, owner) ?: (draft.is_named ? finish_named(&draft) : 0);
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

enum { NO_REPLACE = 1 }; /* the C library need not know renameat2() and RENAME_NOREPLACE */

/* A file system without hard links still renames exclusively. */
static int publish_named(struct draft *draft, const char *name)
{
	int dir_fd = draft->dir_fd;

	if (linkat(dir_fd, DRAFT_NAME, dir_fd, name, 0) == 0)
		return 0;
	if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
		return -errno;
	if (syscall(SYS_renameat2, dir_fd, DRAFT_NAME, dir_fd, name, NO_REPLACE) < 0)
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
