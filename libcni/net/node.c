/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What identifies a network namespace beyond its number. */
#include "net/node.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/text.h"
#include "net/netns.h"

#ifndef NS_GET_ID
#define NS_GET_ID _IOR(0xb7, 13, uint64_t) /* Linux 6.18 */
#endif

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

bool node_is_same(const struct node *a, const struct node *b)
{
	if (a->dev != b->dev || a->inode != b->inode)
		return false;
	if (a->ns_id && b->ns_id)
		return a->ns_id == b->ns_id;
	return a->ctime == b->ctime || !a->ctime || !b->ctime;
}
