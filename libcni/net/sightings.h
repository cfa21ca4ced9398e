/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where namespaces were seen in /proc, by number: of every process and thread its network and mount
 * namespace, and what its descriptors and the mounts it sees lead to. Paths of others are not
 * opened, whatever they put there. Only for holders.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct sighting {
	uint64_t inode;
	long id; /* of the process or thread that it is of */
};

struct sighting_list {
	struct sighting *items;
	size_t count;
};

struct sightings {
	struct sighting_list nets, mounts; /* namespaces that somebody is in */
	struct sighting_list held;	   /* network namespaces that are only held */
	struct sighting_list procs;	   /* ids of the mounts of /proc that `procs_of` sees */
	long procs_of;			   /* a process */
	size_t looks;
	bool is_partial;
};

#define cleanup_sightings cleanup_with(sightings_release)

/* Looks at all processes; every list is sorted by inode. */
void sightings_collect(struct sightings *ret);

/*
 * Calls `each` for every network namespace that is mounted in the mount namespace of the process
 * ("self", "17"), with the path as mountinfo has it, unescaped.
 */
void sightings_mounts(struct sightings *sightings, const char *process,
		      void (*each)(void *data, uint64_t inode, const char *path), void *data);

/* True unless it is known that the process sees all mounts of its mount namespace. */
bool sightings_is_chrooted(const char *process);

void sighting_add(struct sighting_list *list, uint64_t inode, long id);
void sightings_sort(struct sighting_list *list);
void sightings_release(struct sightings *sightings);
