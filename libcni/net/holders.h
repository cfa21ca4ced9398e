/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which network namespaces somebody holds: the processes that we see, and bind mounts. Costs a look
 * at every process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "net/node.h"

struct holder;

struct holders {
	struct holder *items;
	size_t count;
};

#define cleanup_holders cleanup_with(holders_release)

void holders_find(struct holders *ret);

/* True when somebody holds this namespace, or may hold it for all we know. */
bool holders_have(const struct holders *holders, const struct node *node);

void holders_release(struct holders *holders);
