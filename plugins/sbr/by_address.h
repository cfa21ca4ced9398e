/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Things that are found by an address they have, for there may be many of them. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "types/addr.h"

/* Where one is, which the user of the list knows. */
struct addressed {
	struct addr addr;
	size_t index;
};

struct by_address {
	struct addressed *items;
	size_t count;
};

#define cleanup_by_address cleanup_with(by_address_release)

void by_address_release(struct by_address *list);
void by_address_add(struct by_address *list, const struct addr *addr, size_t index);

/* Once, before it is looked at: by address, and by index among equal ones. */
void by_address_sort(struct by_address *list);

/* The place of the first one that is not before `addr`; `count` when there is none. */
size_t by_address_find(const struct by_address *list, const struct addr *addr);

/* The first of this very address, or NULL. */
const struct addressed *by_address_get(const struct by_address *list, const struct addr *addr);
