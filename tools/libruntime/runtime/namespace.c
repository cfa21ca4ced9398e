/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a namespace gets a name, and what keeps it alive without one. */
#include "runtime/namespace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/warn.h"
#include "net/link.h"
#include "net/netns.h"

enum { FOLDER_MODE = 0755, FILE_MODE = 0444, KILL_ROUNDS = 100, GENERATIONS = 1000 };

static const char own[] = "/proc/thread-self/ns/net";

static int set_lo_up(void)
{
	cleanup_netlink struct netlink nl = NETLINK_CLOSED;
	struct link lo;
	int r = netlink_open(&nl, NETLINK_ROUTE) ?: link_get(&nl, "lo", &lo);

	return r == 0 ? link_set_up(&nl, lo.index) : r;
}

/* Goes to a new namespace, gives it its name, and comes back. */
static int make_and_bind(const char *path, struct cni_error *err)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_close int home = open(own, O_RDONLY | O_CLOEXEC);
	int r;

	if (home < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, errno, "cannot open %s", own);
	if (unshare(CLONE_NEWNET) < 0) {
		r = cni_fail(err, CNI_ERR_INTERNAL, errno, "cannot make a network namespace");
		cni_error_details(err, "run as root");
		return r;
	}
	visit.home = steal_fd(&home);
	r = set_lo_up();
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot set lo up");
	if (mount(own, path, "none", MS_BIND, NULL) < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, errno, "cannot bind the namespace to %s",
				path);
	return 0;
}

int namespace_create(const char *path, struct cni_error *err)
{
	cleanup_close int fd = -1;
	int r = file_make_folders(NAMESPACE_FOLDER, FOLDER_MODE);

	if (r < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, -r,
				"cannot make the folder " NAMESPACE_FOLDER);
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd < 0 && errno == EEXIST) {
		r = cni_fail(err, CNI_ERR_CONFLICT, EEXIST, "namespace %s", path);
		cni_error_details(err, "choose another name");
		return r;
	}
	if (fd < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, errno, "cannot make %s", path);
	r = make_and_bind(path, err);
	if (r < 0)
		(void)unlink(path); /* ours, and empty */
	return r;
}

static bool is_in(pid_t pid, const struct stat *namespace)
{
	cleanup_free char *path = xasprintf("/proc/%d/ns/net", (int)pid);
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == namespace->st_ino &&
	       st.st_dev == namespace->st_dev;
}

/*
 * The parent of a process, and its own name when `ret_name` is given. 0: it is in a PID namespace
 * that we cannot see; -1: the process has ended.
 */
static pid_t parent_of(pid_t pid, char **ret_name)
{
	cleanup_free char *path = xasprintf("/proc/%d/stat", (int)pid);
	cleanup_text struct text stat = { 0 };
	const char *start, *end;

	if (file_read_at(AT_FDCWD, path, &stat) < 0 || !stat.s)
		return -1;
	start = strchr(stat.s, '(');
	end = strrchr(stat.s, ')'); /* the name may have one, too */
	if (!start || !end || strlen(end) < strlen(") S 1"))
		return -1;
	if (ret_name)
		*ret_name = xstrndup(start + 1, (size_t)(end - start - 1));
	return (pid_t)strtol(end + strlen(") S "), NULL, 10);
}

/*
 * A process that loses its parent is adopted by us, so what we have started leads up to us. -1: it
 * cannot be told now, as somebody on the way is ending.
 */
static int is_descendant(pid_t pid)
{
	for (int i = 0; i < GENERATIONS; i++) {
		pid = parent_of(pid, NULL);
		if (pid == getpid())
			return 1;
		if (pid < 0)
			return -1;
		if (pid <= 1)
			return 0;
	}
	return 0;
}

struct visitors {
	int count;
	pid_t one;
};

/* 1 when the process has to end and may not have ended yet. */
static int end_if_ours(pid_t pid, const struct stat *namespace, struct visitors *visitors)
{
	/* so that the number does not come to mean another meanwhile */
	cleanup_close int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int is_ours;

	if (pidfd < 0 || pid == getpid() || !is_in(pid, namespace))
		return 0;
	is_ours = is_descendant(pid);
	if (is_ours > 0)
		(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0); /* or it ended */
	if (is_ours == 0) {
		visitors->count++;
		visitors->one = pid;
	}
	return is_ours != 0;
}

/* The number of processes that still had to end. */
static int end_ours(const struct stat *namespace, struct visitors *ret)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int count = 0;

	*ret = (struct visitors){ 0 };
	while (proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0)
			count += end_if_ours(pid, namespace, ret);
	}
	if (proc)
		(void)closedir(proc); /* only read */
	return count;
}

static void tell(const struct visitors *visitors, const char *path)
{
	cleanup_free char *name = NULL;

	if (visitors->count == 0 || parent_of(visitors->one, &name) < 0)
		return;
	if (visitors->count == 1)
		cni_warn(
			"process %d (%s) is still in %s: the namespace stays, without a name and a network, until it ends",
			(int)visitors->one, name, path);
	else
		cni_warn(
			"process %d (%s) and %d more are still in %s: the namespace stays, without a name and a network, until they end",
			(int)visitors->one, name, visitors->count - 1, path);
}

void namespace_remove(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct visitors visitors = { 0 };
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && !netns_is_own(fd))
		for (int i = 0; i < KILL_ROUNDS && end_ours(&st, &visitors) > 0; i++)
			(void)poll(NULL, 0, 10); /* until the killed have left */
	tell(&visitors, path);
	(void)umount2(path, MNT_DETACH); /* it may be a plain file */
	(void)unlink(path);		 /* or gone */
}
