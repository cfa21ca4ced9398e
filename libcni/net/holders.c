/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Collects network namespaces from /proc. */
#include "net/holders.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"

struct holder {
	struct node node;
	bool is_mount;
};

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir); /* nothing is buffered behind a folder that is read */
}

static void add(struct holders *holders, const char *path, bool is_mount)
{
	struct node node;

	if (node_look(path, &node) < 0)
		return; /* gone meanwhile, or not ours to see */
	holders->items = xgrow(holders->items, holders->count, sizeof(*holders->items));
	holders->items[holders->count++] = (struct holder){ .node = node, .is_mount = is_mount };
}

static bool has_inode(const struct holders *holders, const struct stat *st)
{
	for (size_t i = 0; i < holders->count; i++)
		if (holders->items[i].node.inode == st->st_ino)
			return true;
	return false;
}

static void add_processes(struct holders *holders)
{
	cleanup_with(close_dir) DIR *proc = opendir("/proc");
	const struct dirent *entry;
	struct stat st;
	char path[64];

	while (proc && (entry = readdir(proc))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%.20s/ns/net",
			       entry->d_name); /* it fits */
		if (stat(path, &st) == 0 && !has_inode(holders, &st))
			add(holders, path, false);
	}
}

/* mountinfo writes blanks and the like as three octal digits. */
static void unescape(char *path)
{
	char *to = path;

	for (const char *from = path; *from; to++) {
		unsigned code;

		if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
			*to = (char)code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* "36 35 0:4 net:[4026532177] /run/netns/name rw - nsfs nsfs rw" */
static void add_mounts(struct holders *holders)
{
	cleanup_text struct text mounts = { 0 };
	const char *at;

	if (file_read_at(AT_FDCWD, "/proc/self/mountinfo", &mounts) < 0 || !mounts.s)
		return;
	for (at = mounts.s; (at = strstr(at, " net:[")); at++) {
		cleanup_free char *path = NULL;

		if (sscanf(at, " net:[%*u] %ms", &path) != 1)
			continue;
		unescape(path);
		add(holders, path, true);
	}
}

/* Mounts first: what a process holds besides is known by its number then. */
void holders_find(struct holders *ret)
{
	struct holders holders = { 0 };

	add_mounts(&holders);
	add_processes(&holders);
	*ret = holders;
}

/*
 * A kernel without namespace ids leaves the time. A namespace has one inode in memory at a time, so
 * a mount with another time belongs to another namespace; a process without any mount may hold
 * either.
 */
bool holders_have(const struct holders *holders, const struct node *node)
{
	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->items[i];
		bool has_ids = holder->node.ns_id && node->ns_id;

		if (node_is_same(&holder->node, node))
			return true;
		if (!has_ids && !holder->is_mount && holder->node.inode == node->inode)
			return true;
	}
	return false;
}

void holders_release(struct holders *holders)
{
	free(holders->items);
	*holders = (struct holders){ 0 };
}
