/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers that a plugin is at work on at this moment, by its environment; any runtime's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

/* Starts as all zero. */
struct work {
	char **ids;
	size_t count;
};

#define cleanup_work cleanup_with(work_release)

/* Adds those of now. */
void work_add(struct work *work);
bool work_has(const struct work *work, const char *container_id);
void work_release(struct work *work);
