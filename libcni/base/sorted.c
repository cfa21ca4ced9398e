/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/sorted.h"

size_t sorted_place(const void *key, const void *items, size_t count, size_t item_size,
		    int (*compare)(const void *item, const void *key))
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare((const char *)items + middle * item_size, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
