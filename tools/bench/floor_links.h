/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The floor of plugins that leave nothing on the host: how their interface comes and goes. */
#pragma once

#include "floor.h"
#include "types/addr.h"

/* False: an interface of this kind has an end on the host. */
bool floor_is_inside(enum floor_kind kind);

/* The interface, down, without addresses. */
int floor_make_inside(struct floors *floors, enum floor_kind kind) must_check;
int floor_remove_inside(struct floors *floors, enum floor_kind kind) must_check;

/* What an address's rule and table take when the interface has them in the main table. */
int floor_add_source_routing(struct floors *floors, const struct prefix *address,
			     const struct addr *gateway) must_check;
int floor_remove_source_routing(struct floors *floors, const struct prefix *address) must_check;
