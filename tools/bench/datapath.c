/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How connections and bytes are made and counted. */
#include "datapath.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/deadline.h"
#include "net/netns.h"

enum { PIECE = 65536, BACKLOG = 128 };

static int enter(struct netns_visit *visit, const char *path)
{
	cleanup_close int fd = netns_open(path, NULL);

	return fd < 0 ? fd : netns_enter(visit, fd, NULL);
}

static _Noreturn void take_everything(int listener)
{
	static const int on = 1;
	char piece[PIECE];

	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			_exit(1);
		(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)); /* nice to have */
		while (read(fd, piece, sizeof(piece)) > 0)
			;
		(void)close(fd); /* only read */
	}
}

int datapath_listen(const char *netns)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_close int listener = -1;
	const struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(DATAPATH_PORT) };
	pid_t parent = getpid();
	pid_t pid;
	int r = enter(&visit, netns);

	if (r < 0)
		return r;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (const struct sockaddr *)&here, sizeof(here)) < 0 ||
	    listen(listener, BACKLOG) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(1);
		take_everything(listener);
	}
	return pid < 0 ? -errno : 0;
}

/* Closing resets the connection, so that none of them lingers. */
static int open_connection(const struct sockaddr_in *to)
{
	static const struct linger at_once = { .l_onoff = 1 };
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0 ||
	    connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
		return -errno;
	return steal_fd(&fd);
}

static int aim(const char *address, struct sockaddr_in *ret)
{
	*ret = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(DATAPATH_PORT) };
	return inet_pton(AF_INET, address, &ret->sin_addr) == 1 ? 0 : -EINVAL;
}

int datapath_connect(const char *netns, const char *address, int ms, double *ret)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	struct deadline end = deadline_in(ms);
	struct sockaddr_in to;
	long count = 0;
	int r = aim(address, &to);

	if (r == 0)
		r = enter(&visit, netns);
	for (; r == 0 && deadline_left(end) > 0; count++) {
		cleanup_close int fd = open_connection(&to);

		r = fd < 0 ? fd : 0;
	}
	*ret = (double)count * 1000 / ms;
	return r;
}

int datapath_stream(const char *netns, const char *address, int ms, double *ret)
{
	static const char piece[PIECE];
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_close int fd = -1;
	struct deadline end;
	struct sockaddr_in to;
	double bytes = 0;
	int r = aim(address, &to);

	if (r == 0)
		r = enter(&visit, netns);
	if (r < 0)
		return r;
	fd = open_connection(&to);
	if (fd < 0)
		return fd;
	end = deadline_in(ms);
	while (deadline_left(end) > 0) {
		ssize_t size = write(fd, piece, sizeof(piece));

		if (size < 0)
			return -errno;
		bytes += (double)size;
	}
	*ret = bytes / ms / 1000;
	return 0;
}
