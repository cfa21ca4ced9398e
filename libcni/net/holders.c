/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts together what was seen: one entry for each namespace, as well known as can be. */
#include "net/holders.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "net/sightings.h"

struct finding {
	struct sightings sightings;
	struct sighting_list known; /* inodes of mounts here and of processes */
	struct holders holders;
};

static void add(struct finding *finding, const struct node *node, enum holder_kind kind,
		const char *path)
{
	struct holders *holders = &finding->holders;

	holders->items = xgrow(holders->items, holders->count, sizeof(*holders->items));
	holders->items[holders->count++] =
		(struct holder){ .node = *node, .kind = kind, .path = path ? xstrdup(path) : NULL };
}

static bool add_at(struct finding *finding, enum holder_kind kind, const char *path)
{
	struct node node;

	if (node_look(path, &node) < 0)
		return false; /* gone meanwhile, or nothing could be opened just now */
	add(finding, &node, kind, path);
	sighting_add(&finding->known, node.inode, 0);
	return true;
}

static void add_mount(void *data, uint64_t inode, const char *path)
{
	struct finding *finding = data;

	if (!add_at(finding, HOLDER_MOUNT, path)) /* another mount may cover it */
		sighting_add(&finding->sightings.held, inode, 0);
}

/* One process speaks for all in its namespace; the next one, when it has ended meanwhile. */
static void add_processes(struct finding *finding)
{
	const struct sighting_list *nets = &finding->sightings.nets;
	bool is_added = false;
	char path[64];

	for (size_t i = 0; i < nets->count; i++) {
		const struct sighting *net = &nets->items[i];

		if (i && net->inode == nets->items[i - 1].inode && is_added)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%ld/ns/net", net->id); /* it fits */
		is_added = add_at(finding, HOLDER_PROCESS, path);
		if (!is_added) /* somebody else may hold it, in a way that we saw no trace of */
			sighting_add(&finding->sightings.held, net->inode, net->id);
	}
}

static void add_foreign_mount(void *data, uint64_t inode, const char *path)
{
	struct finding *finding = data;

	(void)path; /* means something only there, and leads wherever a container wants */
	sighting_add(&finding->sightings.held, inode, 0);
}

/* Who is in a root of his own is shown only what is mounted below it. */
static void add_mounts_of(struct finding *finding, const struct sighting *processes, size_t count)
{
	char process[24];

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(process, sizeof(process), "%ld", processes[i].id);
		if (!sightings_is_chrooted(process)) {
			sightings_mounts(&finding->sightings, process, add_foreign_mount, finding);
			return;
		}
	}
	finding->sightings.is_partial = true;
}

static void add_foreign_mounts(struct finding *finding)
{
	const struct sighting_list *mounts = &finding->sightings.mounts;
	struct stat own = { 0 };
	size_t count;

	if (!sightings_is_chrooted("self"))
		(void)stat("/proc/self/ns/mnt", &own); /* unknown: ours is read twice */
	for (size_t i = 0; i < mounts->count; i += count) {
		const struct sighting *processes = &mounts->items[i];

		for (count = 1; i + count < mounts->count; count++)
			if (processes[count].inode != processes->inode)
				break;
		if (processes->inode != own.st_ino)
			add_mounts_of(finding, processes, count);
	}
}

/* A number belongs to one namespace at a time, so what is known better is not added again. */
static void add_numbers(struct finding *finding)
{
	struct sighting_list *held = &finding->sightings.held, *known = &finding->known;
	size_t at = 0;

	sightings_sort(held);
	sightings_sort(known);
	for (size_t i = 0; i < held->count; i++) {
		struct node node = { .inode = held->items[i].inode };

		while (at < known->count && known->items[at].inode < node.inode)
			at++;
		if ((at < known->count && known->items[at].inode == node.inode) ||
		    (i && held->items[i - 1].inode == node.inode))
			continue;
		add(finding, &node, HOLDER_NUMBER, NULL);
	}
}

static int compare_holders(const void *a, const void *b)
{
	const struct holder *one = a, *other = b;

	return (one->node.inode > other->node.inode) - (one->node.inode < other->node.inode);
}

void holders_find(struct holders *ret)
{
	struct finding finding = { 0 };

	sightings_collect(&finding.sightings);
	sightings_mounts(&finding.sightings, "self", add_mount, &finding);
	add_processes(&finding);
	add_foreign_mounts(&finding);
	add_numbers(&finding);
	if (finding.holders.count)
		qsort(finding.holders.items, finding.holders.count, sizeof(struct holder),
		      compare_holders);
	finding.holders.is_partial = finding.sightings.is_partial;
	*ret = finding.holders;
	free(finding.known.items);
	sightings_release(&finding.sightings);
}

/*
 * A kernel without namespace ids leaves the time. A namespace has one inode in memory at a time, so
 * a mount with another time belongs to another namespace; a process without any mount may hold
 * either.
 */
static bool may_be(const struct holder *holder, const struct node *node)
{
	bool has_ids = holder->node.ns_id && node->ns_id;

	return holder->kind == HOLDER_NUMBER || node_is_same(&holder->node, node) ||
	       (!has_ids && holder->kind == HOLDER_PROCESS);
}

static int compare_inode(const void *holder, const void *node)
{
	return ((const struct holder *)holder)->node.inode < ((const struct node *)node)->inode ? -1
												: 0;
}

bool holders_have(const struct holders *holders, const struct node *node)
{
	size_t i = sorted_place(node, holders->items, holders->count, sizeof(*holders->items),
				compare_inode);

	for (; i < holders->count && holders->items[i].node.inode == node->inode; i++)
		if (may_be(&holders->items[i], node))
			return true;
	return holders->is_partial;
}

void holders_release(struct holders *holders)
{
	for (size_t i = 0; i < holders->count; i++)
		free(holders->items[i].path);
	free(holders->items);
	*holders = (struct holders){ 0 };
}
