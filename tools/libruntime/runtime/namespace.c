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
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "net/link.h"
#include "net/netns.h"

enum { FOLDER_MODE = 0755, FILE_MODE = 0444, KILL_ROUNDS = 100 };

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

static bool is_in(const char *pid, const struct stat *namespace)
{
	cleanup_free char *path = xasprintf("/proc/%s/ns/net", pid);
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == namespace->st_ino &&
	       st.st_dev == namespace->st_dev;
}

/* The number of processes that were found in the namespace and told to end. */
static int kill_all_in(const struct stat *namespace)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int count = 0;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 0 || pid == getpid() || !is_in(entry->d_name, namespace))
			continue;
		(void)kill(pid, SIGKILL); /* it may have ended meanwhile */
		count++;
	}
	if (proc)
		(void)closedir(proc); /* only read */
	return count;
}

void namespace_remove(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && !netns_is_own(fd))
		for (int i = 0; i < KILL_ROUNDS && kill_all_in(&st) > 0; i++)
			(void)poll(NULL, 0, 10); /* until the killed have left */
	(void)umount2(path, MNT_DETACH);	 /* it may be a plain file */
	(void)unlink(path);			 /* or gone */
}
