/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what a network namespace is as a file, and how to stay in another one for a while. */
#include "net/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/alloc.h"

static const char own_netns[] = "/proc/self/ns/net";

static const char lost_object[] =
	"{\n"
	"    \"code\": 999,\n"
	"    \"msg\": \"cannot return from the network namespace of the container\",\n"
	"    \"details\": \"the kernel refuses it; a DEL removes what was made so far\"\n"
	"}";

/* What the kernel lacks for a namespace switch, memory above all, it may have a moment later. */
enum { HOMEWARD_TRIES = 5, PINS_MAX = 8 };
static const struct timespec homeward_pause = { .tv_nsec = 10000000 };

static bool is_namespace_magic(const struct statfs *fs)
{
	return fs->f_type == NSFS_MAGIC || fs->f_type == PROC_SUPER_MAGIC;
}

static int fail_magic(const char *path, const struct statfs *fs, struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_INTERNAL, 0,
			"failed to open netns \"%s\": unknown FS magic on \"%s\": %lx", path, path,
			(unsigned long)fs->f_type);
}

/* The errno's text stands in the message itself, as the reference has it. */
static int fail_statfs(const char *path, int errnum, struct cni_error *err)
{
	cleanup_free char *reason = error_text(errnum);

	(void)cni_fail(err, CNI_ERR_INTERNAL, 0,
		       "failed to open netns \"%s\": failed to Statfs \"%s\": %s", path, path,
		       reason);
	if (errnum == ENOENT)
		cni_error_details(err, "no namespace has this path: `ip netns add NAME` makes "
				       "/run/netns/NAME, and /proc/PID/ns/net is a process's");
	return -errnum;
}

int netns_open(const char *path, struct cni_error *err)
{
	cleanup_close int fd = -1;
	struct statfs fs;
	int type;

	if (statfs(path, &fs) < 0)
		return fail_statfs(path, errno, err);
	if (!is_namespace_magic(&fs))
		return fail_magic(path, &fs, err);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, errno, "failed to open netns \"%s\"", path);
	/*
	 * Once more: the path may have become another file meanwhile, and no ioctl is for any
	 * device.
	 */
	if (fstatfs(fd, &fs) < 0)
		return fail_statfs(path, errno, err);
	if (!is_namespace_magic(&fs))
		return fail_magic(path, &fs, err);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0 && errno != ENOTTY)
		return cni_fail(err, CNI_ERR_INTERNAL, errno,
				"failed to ask what namespace \"%s\" is", path);
	if (type != CLONE_NEWNET) {
		(void)cni_fail(
			err, CNI_ERR_INTERNAL, 0,
			"error switching to ns %s: Error switching to ns %s: invalid argument",
			path, path);
		cni_error_details(err, "the file is no network namespace");
		return -EINVAL;
	}
	return steal_fd(&fd);
}

int netns_identify(int fd, struct netns_id *ret)
{
	struct stat st;
	int r = fd < 0 ? stat(own_netns, &st) : fstat(fd, &st);

	if (r < 0)
		return -errno;
	*ret = (struct netns_id){ .device = st.st_dev, .inode = st.st_ino };
	return 0;
}

bool netns_is_same(int fd, int other)
{
	struct netns_id one = { 0 }, another = { 0 };

	return netns_identify(fd, &one) == 0 && netns_identify(other, &another) == 0 &&
	       one.device == another.device && one.inode == another.inode;
}

bool netns_is_own(int fd)
{
	return netns_is_same(-1, fd);
}

bool netns_path_is_own(const char *path)
{
	struct netns_id own = { 0 };
	struct stat st;

	return *path && stat(path, &st) == 0 && netns_identify(-1, &own) == 0 &&
	       own.device == st.st_dev && own.inode == st.st_ino;
}

int netns_open_own(void)
{
	int fd = open(own_netns, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int netns_make(void)
{
	cleanup_visit struct netns_visit visit = { .home = netns_open_own() };

	if (visit.home < 0)
		return visit.home;
	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	return netns_open_own();
}

int netns_pin(int fd, const char *path)
{
	cleanup_close int file = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0400);
	cleanup_free char *from = xasprintf("/proc/self/fd/%d", fd);
	int r;

	if (file < 0)
		return -errno;
	if (mount(from, path, NULL, MS_BIND, NULL) == 0)
		return 0;
	r = -errno;
	(void)unlink(path); /* the first error is the one to tell */
	return r;
}

int netns_unpin(const char *path)
{
	/* Two that did it at once mounted one above the other. */
	for (int i = 0; i < PINS_MAX; i++) {
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			continue;
		if (errno == EINVAL || errno == ENOENT)
			break;
		return -errno;
	}
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

int netns_enter_from(struct netns_visit *visit, int home, int fd, struct cni_error *err)
{
	if (setns(fd, CLONE_NEWNET) < 0) {
		int r = cni_fail(err, CNI_ERR_INTERNAL, errno,
				 "error switching to the network namespace of the container");

		if (r == -EPERM)
			cni_error_details(
				err,
				"plugins need root's capabilities, CAP_SYS_ADMIN among them, to enter a container");
		return r;
	}
	*visit = (struct netns_visit){ .home = home, .is_borrowed = true };
	return 0;
}

int netns_enter(struct netns_visit *visit, int fd, struct cni_error *err)
{
	cleanup_close int home = open(own_netns, O_RDONLY | O_CLOEXEC);
	int r;

	if (home < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, errno, "failed to open %s", own_netns);
	r = netns_enter_from(visit, home, fd, err);
	if (r < 0)
		return r;
	*visit = (struct netns_visit){ .home = steal_fd(&home) };
	return 0;
}

void netns_leave(struct netns_visit *visit)
{
	if (visit->home < 0)
		return;
	for (int tries = 1; setns(visit->home, CLONE_NEWNET) < 0; tries++) {
		/* Going on would change the container's namespace in the host's stead. */
		if (tries == HOMEWARD_TRIES)
			give_up(lost_object);
		(void)nanosleep(&homeward_pause, NULL);
	}
	if (!visit->is_borrowed)
		close_fd(&visit->home);
	visit->home = -1;
}
