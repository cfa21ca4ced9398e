/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filters of a redirection, as they are made and as the kernel tells them. Only for redirect.c.
 */
#pragma once

#include <linux/pkt_cls.h>

#include "base/cleanup.h"
#include "net/redirect.h"

/*
 * A priority is one protocol's, and one hook's: of u32 filters with one priority the kernel tells
 * at each hook of a link those of both.
 */
enum { PRIORITY_IPV4 = 48500, PRIORITY_IPV6, PRIORITY_ALL, PRIORITIES = 3 };

enum { FILTER_KEYS = 4 };

/* Where a filter leads beside a link: to one that is gone, nowhere, or we do not know. */
enum { TO_GONE = 0, TO_NOWHERE = -1, TO_OTHER = -2 };

struct filter {
	uint16_t priority, protocol; /* ETH_P_* */
	int to;			     /* index of the link, or TO_ */
	uint32_t handle;	     /* the kernel's; 0: all of the priority */
	unsigned key_count;
	struct tc_u32_key keys[FILTER_KEYS];
};

struct filter_list {
	struct filter *items;
	size_t count;
};

void filter_list_release(struct filter_list *filters);

#define cleanup_filter_list cleanup_with(filter_list_release)

uint16_t filter_priority(enum redirect_hook hook, int priority);

/* It stands at a priority of ours. */
bool filter_is_ours(const struct filter *filter, enum redirect_hook hook);

bool filter_is_alike(const struct filter *a, const struct filter *b);

/* In the order in which the kernel keeps and tells them. */
struct filter_list filter_list_plan(const struct redirect *redirect) must_check;

/* Adds that of an answer to the struct filter_list at `data`, if it is of kind u32. */
int filter_list_take(const struct nlmsghdr *answer, void *data);
