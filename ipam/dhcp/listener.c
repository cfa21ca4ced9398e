/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows sockets in files, and how systemd hands one over. */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/alloc.h"
#include "base/file.h"

enum { FIRST_INHERITED = 3, WAITING_MOST = 512 };

static int address_of(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	(void)strncpy(ret->sun_path, path, sizeof(ret->sun_path) - 1);
	return 0;
}

int listener_connect(const char *path)
{
	cleanup_close int fd = -1;
	struct sockaddr_un address;
	int r = address_of(path, &address);

	if (r < 0)
		return r;
	/* A daemon that hangs lets callers queue up; the one too many would wait here for ever. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    fcntl(fd, F_SETFL, 0) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* How many descriptors were handed to this process: sd_listen_fds(3). */
static int count_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	if (!pid || !count || strtol(pid, NULL, 10) != getpid())
		return 0;
	return (int)strtol(count, NULL, 10);
}

static int inherit(int count, struct cni_error *err)
{
	struct stat st;

	if (count != 1)
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"Too many (%d) FDs passed through socket activation", count);
	if (fstat(FIRST_INHERITED, &st) < 0 || !S_ISSOCK(st.st_mode))
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"what was passed through socket activation is no socket");
	(void)fcntl(FIRST_INHERITED, F_SETFD, FD_CLOEXEC); /* valid descriptors take it */
	(void)fcntl(FIRST_INHERITED, F_SETFL, O_NONBLOCK);
	return FIRST_INHERITED;
}

static int make_folder(const char *path)
{
	cleanup_free char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');

	if (slash == folder)
		return 0;
	*slash = '\0';
	return file_make_folders(folder, 0700);
}

/* A socket at which nobody listens refuses. */
static int clear(const char *path)
{
	cleanup_close int fd = listener_connect(path);

	if (fd >= 0 || fd == -EAGAIN)
		return -EADDRINUSE;
	if (fd == -ENOENT)
		return 0;
	if (fd != -ECONNREFUSED)
		return fd;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* From its first moment on it is for root and its group only, as the reference's. */
static int make(const char *path)
{
	cleanup_close int fd = -1;
	struct sockaddr_un address;
	mode_t mask;
	int r = address_of(path, &address) ?: make_folder(path) ?: clear(path);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mask = umask(0117);
	r = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	(void)umask(mask);
	if (r == 0 && listen(fd, WAITING_MOST) < 0)
		r = -errno;
	return r < 0 ? r : steal_fd(&fd);
}

int listener_open(const char *path, bool *ret_is_inherited, struct cni_error *err)
{
	const int count = count_inherited();
	int r;

	*ret_is_inherited = count > 0;
	if (count > 0)
		return inherit(count, err);
	r = make(path);
	return r < 0 ? cni_fail(err, CNI_ERR_INTERNAL, -r, "listen unix %s", path) : r;
}
