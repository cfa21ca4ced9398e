/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The floor's addresses, and the rules about them. */
#pragma once

#include "floor.h"
#include "types/addr.h"

enum { FLOOR_FAMILIES = 2 };

struct floor_addressing {
	int family;
	const char *address, *gateway, *any;
};

extern const struct floor_addressing floor_addressings[FLOOR_FAMILIES];
extern const char floor_alias[sizeof("bench/floor/eth0")]; /* the owner */

bool floor_is_wanted(const struct floor_spec *spec, const struct floor_addressing *addressing);
struct prefix floor_prefix(const char *text);

/* Of one of the programs that have rules; nothing when the specification has none for it. */
int floor_rules_add(struct floors *floors, const struct floor_spec *spec, int rules) must_check;
int floor_rules_delete(struct floors *floors, const struct floor_spec *spec, int rules) must_check;
