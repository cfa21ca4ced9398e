/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that only a mount knows: it has lost its name before anybody else could open it. */
#include "runtime/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define RESOLV_CONF "/etc/resolv.conf"

enum { READABLE = 0644 };

static int put_over(int fd, const char *name, const char *text)
{
	int r = file_write_fd(fd, text, strlen(text));

	if (r == 0 && fchmod(fd, READABLE) < 0)
		r = -errno;
	if (r == 0 && mount(name, RESOLV_CONF, NULL, MS_BIND, NULL) < 0)
		r = -errno;
	return r;
}

int resolver_place(const char *text)
{
	char name[] = "/run/cnitool-resolv-XXXXXX";
	cleanup_close int fd = -1;
	int r;

	if (access(RESOLV_CONF, F_OK) < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return -errno;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = put_over(fd, name, text);
	(void)unlink(name); /* it was made a moment ago */
	return r;
}
