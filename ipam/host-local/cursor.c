/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes the cursor files. */
#include "cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/warn.h"

enum { NAME = 48 };

static const char *name_of(size_t set, char name[NAME])
{
	(void)snprintf(name, NAME, "last_reserved_ip.%zu", set); /* it fits */
	return name;
}

bool cursor_read(int dir_fd, size_t set, struct addr *ret)
{
	char name[NAME], text[ADDR_TEXT + 1];
	cleanup_close int fd = openat(dir_fd, name_of(set, name),
				      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t size;

	if (fd < 0 && errno == ENOENT)
		return false;
	size = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (size < 0) {
		cleanup_free char *reason = error_text(errno);

		cni_warn("Error retrieving last reserved ip: %s: %s", name, reason);
		return false;
	}
	if (size == (ssize_t)sizeof(text))
		return false;
	text[size] = '\0';
	return addr_parse(text, ret) == 0;
}

/*
 * Written in place, so that a full disk cannot leave it empty. Through a second name we would write
 * somebody else's file.
 */
static int write_in_place(int fd, const char *text, bool *ret_is_new)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return -EPERM;
	*ret_is_new = st.st_size == 0;
	if (pwrite(fd, text, strlen(text), 0) < 0)
		return -errno;
	if (st.st_size > (off_t)strlen(text) && ftruncate(fd, (off_t)strlen(text)) < 0)
		return -errno;
	return 0;
}

bool cursor_write(int dir_fd, size_t set, const struct addr *addr)
{
	char name[NAME], text[ADDR_TEXT];
	cleanup_close int fd =
		openat(dir_fd, name_of(set, name),
		       O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	bool is_new = true;
	int r = fd < 0 ? -errno : write_in_place(fd, addr_print(addr, text), &is_new);

	if (r < 0) {
		cleanup_free char *reason = error_text(-r);

		cni_warn("cannot write %s, the next address may be an early one: %s", name, reason);
	}
	return is_new;
}
