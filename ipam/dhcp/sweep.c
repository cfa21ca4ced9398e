/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how the end of a namespace is noticed, and when it is one. */
#include "sweep.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/vfs.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "exchange.h"
#include "net/holders.h"

enum { SWEEP_MS = 100 }; /* many namespaces that go at once are one look */

/* Nothing is heard in /proc, where a watch outlives the process: there are only so many of them. */
static bool tells_ends(const char *folder)
{
	struct statfs fs;

	return statfs(folder, &fs) == 0 && fs.f_type != PROC_SUPER_MAGIC;
}

void sweep_watch(struct daemon *d, const char *path)
{
	cleanup_free char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');

	if (!slash)
		return;
	slash[slash == folder] = '\0';
	/* Without it the lease's next step finds out. */
	if (d->watch.fd >= 0 && tells_ends(folder))
		ignore(inotify_add_watch(d->watch.fd, folder,
					 IN_DELETE | IN_MOVED_FROM | IN_ONLYDIR));
}

void sweep_plan(struct daemon *d)
{
	if (d->sweep_at == INT64_MAX)
		d->sweep_at = events_now() + SWEEP_MS;
}

static void hear_files(struct event *event, uint32_t what, void *data)
{
	char bytes[4096];

	(void)what;
	while (read(event->fd, bytes, sizeof(bytes)) > 0)
		continue; /* which file it was does not matter: all are looked at */
	sweep_plan(data);
}

/* Its path is gone; somebody in it may live on, and need the lease. */
static void look_elsewhere(struct daemon *d, struct holding *h, const struct holders *holders)
{
	const struct node node = { .dev = h->spot.id.device, .inode = h->spot.id.inode };

	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->items[i];

		if (!holder->path || !node_is_same(&holder->node, &node))
			continue;
		free(h->spot.path);
		h->spot.path = xstrdup(holder->path);
		return;
	}
	if (!h->asker && holders_have(holders, &node))
		return; /* somewhere out of reach */
	cni_warn("%s: its namespace is gone, and so is the lease", h->owner);
	exchange_end(d, h);
}

void sweep(struct daemon *d)
{
	cleanup_free struct holding **gone = xcalloc(d->holdings.count + 1, sizeof(*gone));
	cleanup_holders struct holders holders = { 0 };
	size_t count = 0;

	d->sweep_at = INT64_MAX;
	for (size_t i = 0; i < d->holdings.count; i++)
		if (!spot_is_there(&d->holdings.heap[i]->spot))
			gone[count++] = d->holdings.heap[i];
	if (count)
		holders_find(&holders);
	for (size_t i = 0; i < count; i++)
		look_elsewhere(d, gone[i], &holders);
}

int sweep_open(struct daemon *d)
{
	d->watch = (struct event){ .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
				   .heard = hear_files };
	return d->watch.fd < 0 ? -errno : events_add(&d->events, &d->watch, EPOLLIN);
}
