/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in order, with the place of each: a question costs the same with many. */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"

struct roster_item {
	char *name;
	size_t at;
};

/* Starts as all zero. All are added before the first question, with roster_sort() between. */
struct roster {
	struct roster_item *items;
	size_t count;
};

#define cleanup_roster cleanup_with(roster_release)

/* The name is copied. */
void roster_add(struct roster *roster, const char *name, size_t at);
void roster_sort(struct roster *roster);

/* The lowest place with that name; -1: none. */
int roster_find(const struct roster *roster, const char *name);
void roster_release(struct roster *roster);
