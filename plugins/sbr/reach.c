/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows routes by the addresses in them. */
#include "reach.h"

#include <stdlib.h>

#include "base/alloc.h"

void reach_release(struct reach *reach)
{
	by_address_release(&reach->near);
	by_address_release(&reach->subnets);
}

void route_choice_release(struct route_choice *choice)
{
	free(choice->items);
}

static struct addr zero_of(int family)
{
	return (struct addr){ .family = (uint8_t)family };
}

void reach_make(const struct kernel_routes *routes, struct reach *ret)
{
	*ret = (struct reach){ .routes = routes };
	for (size_t i = 0; i < routes->count; i++) {
		const struct kernel_route *route = &routes->items[i];
		const struct addr zero = zero_of(route->dst.addr.family);

		if (addr_is_set(&route->gateway))
			by_address_add(&ret->near, &route->gateway, i);
		else
			by_address_add(&ret->subnets, &route->dst.addr, i);
		if (addr_is_set(&route->source))
			by_address_add(&ret->near, &route->source, i);
		else if (!addr_is_set(&route->gateway))
			by_address_add(&ret->near, &zero, i);
	}
	by_address_sort(&ret->near);
	by_address_sort(&ret->subnets);
}

static void choose(struct route_choice *choice, size_t index)
{
	choice->items = xgrow(choice->items, choice->count, sizeof(*choice->items));
	choice->items[choice->count++] = index;
}

static int compare(const void *a, const void *b)
{
	const size_t left = *(const size_t *)a, right = *(const size_t *)b;

	return left < right ? -1 : left > right;
}

/* A route's gateway and source may both be of the subnet. */
static void order(struct route_choice *choice)
{
	size_t kept = 0;

	if (choice->count > 1)
		qsort(choice->items, choice->count, sizeof(*choice->items), compare);
	for (size_t i = 0; i < choice->count; i++) {
		if (i == 0 || choice->items[i] != choice->items[i - 1])
			choice->items[kept++] = choice->items[i];
	}
	choice->count = kept;
}

/* Addresses of a network follow each other. */
static void choose_network(const struct reach *reach, const struct prefix *network, int family,
			   struct route_choice *choice)
{
	const struct by_address *near = &reach->near;

	for (size_t i = by_address_find(near, &network->addr);
	     i < near->count && prefix_contains(network, &near->items[i].addr); i++) {
		const size_t index = near->items[i].index;

		/* A gateway may be of the other family. */
		if (reach->routes->items[index].dst.addr.family == family)
			choose(choice, index);
	}
}

struct route_choice reach_of_address(const struct reach *reach, const struct prefix *address)
{
	const int family = address->addr.family;
	const struct prefix network = prefix_network(address);
	const struct addr zero = zero_of(family);
	const struct prefix anywhere = prefix_host(&zero);
	struct route_choice choice = { 0 };

	choose_network(reach, &anywhere, family, &choice);
	choose_network(reach, &network, family, &choice);
	order(&choice);
	return choice;
}

struct route_choice reach_of_subnet(const struct reach *reach, const struct prefix *subnet)
{
	const struct by_address *subnets = &reach->subnets;
	struct route_choice choice = { 0 };

	for (size_t i = by_address_find(subnets, &subnet->addr);
	     i < subnets->count && addr_equal(&subnets->items[i].addr, &subnet->addr); i++) {
		const size_t index = subnets->items[i].index;

		if (prefix_equal(&reach->routes->items[index].dst, subnet))
			choose(&choice, index);
	}
	order(&choice);
	return choice;
}
