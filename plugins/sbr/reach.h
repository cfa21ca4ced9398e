/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which routes of a link are for which of its addresses. Pure. */
#pragma once

#include "by_address.h"
#include "net/route.h"

/* The routes are borrowed. */
struct reach {
	const struct kernel_routes *routes;
	struct by_address near;	   /* routes by gateway and source; those with neither by 0 */
	struct by_address subnets; /* routes without gateway, by where they lead */
};

void reach_make(const struct kernel_routes *routes, struct reach *ret);
void reach_release(struct reach *reach);

struct route_choice {
	size_t *items; /* in the order of the routes, each once */
	size_t count;
};

#define cleanup_choice cleanup_with(route_choice_release)

void route_choice_release(struct route_choice *choice);

/*
 * The routes that packets of an address can take: those that name its subnet by their source or
 * gateway, and those that name neither. Costs as much as it finds.
 */
struct route_choice reach_of_address(const struct reach *reach, const struct prefix *address);

/* The routes to exactly this network that need no gateway. */
struct route_choice reach_of_subnet(const struct reach *reach, const struct prefix *subnet);
