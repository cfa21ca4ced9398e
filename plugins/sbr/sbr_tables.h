/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a container's routing sbr looks at, and which tables are free. */
#pragma once

#include "net/route.h"
#include "net/rule.h"

enum { SBR_PROTOCOL = ROUTE_BY_SOURCE, SBR_FIRST_TABLE = 100 };

struct routing {
	struct kernel_routes routes[2]; /* IPv4, IPv6; of all tables */
	struct kernel_rules rules;	/* of both families */
};

#define cleanup_routing cleanup_with(routing_release)

/* Both, or the rules alone. A kernel without IPv6 has none of it. */
int routing_read(struct netlink *nl, struct routing *ret, struct cni_error *err) must_check;
int routing_read_rules(struct netlink *nl, struct routing *ret, struct cni_error *err) must_check;
void routing_release(struct routing *routing);

/* `count` tables from SBR_FIRST_TABLE on that no rule and no route uses; the caller frees them. */
uint32_t *routing_free_tables(const struct routing *routing, size_t count);

/* A rule for a single address, made by us or the reference. */
bool rule_may_be_ours(const struct kernel_rule *rule);
