/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which network namespace is at a path, and whether it is still the same one: the kernel uses their
 * numbers again at once.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

struct node {
	uint64_t dev, inode;
	int64_t ctime;	/* of the inode in memory, nanoseconds: it lasts as long as a bind mount; 0:
			   unknown */
	uint64_t ns_id; /* the kernel's number that is never used again; 0: an older kernel */
};

/*
 * 0, -ENOENT or -ENOTDIR when nothing is there, -EINVAL when it is no network namespace, other
 * -errno.
 */
int node_look(const char *path, struct node *ret) must_check;

/*
 * Asks the kernel whether the namespace exists anywhere: 1 while a process, thread, descriptor,
 * socket or mount holds it, also where we do not see them, 0 when it is gone for good. -errno when
 * it cannot tell: before Linux 6.18, without the id, or without CAP_SYS_ADMIN over everything.
 */
int node_lives(const struct node *node) must_check;

/* True when one glance shows the same namespace at the path; false when a closer look is needed. */
bool node_is_still_at(const struct node *node, const char *path);

/* True for links of processes: their inode in memory may be as young as the look at it. */
bool node_path_is_of_process(const char *path);

/* Whether one namespace is at both paths: /run/netns/one and that of a process in it. */
bool node_is_at_both(const char *a, const char *b);

/* True unless something tells them apart. */
bool node_is_same(const struct node *a, const struct node *b);
