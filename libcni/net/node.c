/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What identifies a network namespace beyond its number. */
#include "net/node.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/privileges.h"
#include "base/text.h"
#include "net/netns.h"

#ifndef NS_GET_ID
#define NS_GET_ID _IOR(0xb7, 13, uint64_t) /* Linux 6.18 */
#endif

/* How a namespace is opened without a path, since the same version. */
enum { NSFS_HANDLE = 0xf1 };

struct nsfs_handle {
	uint64_t ns_id;
	uint32_t ns_type, inode;
};

bool node_path_is_of_process(const char *path)
{
	return text_starts_with(path, "/proc/");
}

static struct node node_of(const struct stat *st)
{
	return (struct node){
		.dev = st->st_dev,
		.inode = st->st_ino,
		.ctime = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec,
	};
}

/* The same inode in memory is the same namespace; for that its time must have been recorded. */
bool node_is_still_at(const struct node *node, const char *path)
{
	struct node now;
	struct stat st;

	if (!node->ctime || stat(path, &st) < 0)
		return false;
	now = node_of(&st);
	return node->dev == now.dev && node->inode == now.inode && node->ctime == now.ctime;
}

int node_look(const char *path, struct node *ret)
{
	cleanup_close int fd = netns_open(path, NULL);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = node_of(&st);
	if (ioctl(fd, NS_GET_ID, &ret->ns_id) < 0)
		ret->ns_id = 0;
	return 0;
}

int node_lives(const struct node *node)
{
	const struct nsfs_handle wanted = { .ns_id = node->ns_id,
					    .ns_type = CLONE_NEWNET,
					    .inode = (uint32_t)node->inode };
	_Alignas(struct file_handle) char room[sizeof(struct file_handle) + sizeof(wanted)];
	struct file_handle *handle = (struct file_handle *)room;
	cleanup_close int own = -1;
	cleanup_close int fd = -1;

	if (!node->ns_id)
		return -EOPNOTSUPP;
	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	handle->handle_bytes = sizeof(wanted);
	handle->handle_type = NSFS_HANDLE;
	memcpy(room + offsetof(struct file_handle, f_handle), &wanted, sizeof(wanted));
	fd = open_by_handle_at(own, handle, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 || errno == EPERM) /* it is there, and not ours to open */
		return 1;
	if (errno != ESTALE)
		return -errno;
	/* What we may not enter is told to us as if it were gone. */
	return privileges_are_full(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

bool node_is_same(const struct node *a, const struct node *b)
{
	if (a->dev != b->dev || a->inode != b->inode)
		return false;
	if (a->ns_id && b->ns_id)
		return a->ns_id == b->ns_id;
	return a->ctime == b->ctime || !a->ctime || !b->ctime;
}

bool node_is_at_both(const char *a, const char *b)
{
	struct node left, right;

	return node_look(a, &left) == 0 && node_look(b, &right) == 0 && node_is_same(&left, &right);
}
