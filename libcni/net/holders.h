/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which network namespaces somebody holds: processes and their threads, descriptors, and bind
 * mounts in the mount namespace of every process. A namespace that only a socket keeps, a
 * descriptor on its way between two processes, or something outside our process namespace is not
 * seen; where the kernel can be asked (node_lives()) that comes first. Costs a look at every
 * process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "net/node.h"

enum holder_kind {
	HOLDER_MOUNT,	/* in our mount namespace */
	HOLDER_PROCESS, /* or thread */
	HOLDER_NUMBER,	/* only the number is known: a mount elsewhere, a descriptor */
};

struct holder {
	struct node node;
	enum holder_kind kind;
	char *path; /* where the namespace can be opened; NULL for HOLDER_NUMBER */
};

struct holders {
	struct holder *items; /* sorted by inode */
	size_t count;
	bool is_partial; /* something could not be looked at, or there was too much */
};

#define cleanup_holders cleanup_with(holders_release)

void holders_find(struct holders *ret);

/* True when somebody holds this namespace, or may hold it for all we know. */
bool holders_have(const struct holders *holders, const struct node *node);

void holders_release(struct holders *holders);
