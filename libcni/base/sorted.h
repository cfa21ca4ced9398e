/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where something is in a sorted array, or belongs. */
#pragma once

#include <stddef.h>

/*
 * The place of the first item that does not come before `key`; `count` when all do. bsearch() finds
 * any of several equal ones, and nothing of what comes next.
 *
 * compare: negative when the item comes before the key.
 */
size_t sorted_place(const void *key, const void *items, size_t count, size_t item_size,
		    int (*compare)(const void *item, const void *key));
