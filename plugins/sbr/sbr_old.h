/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an ADD that was killed left of an interface, or one whose answer nobody saw. */
#pragma once

#include "move.h"
#include "net/link.h"

/* What an ADD, a DEL or a CHECK knows. */
struct sbr {
	struct sbr_conf conf;
	struct link link;
	struct routing routing;
	struct kernel_routes of_link; /* in the main table, before */
	struct reach reach;	      /* the same by their addresses */
	struct source *sources;
	size_t count;
	struct by_address by_source, by_gateway; /* of the sources */
	struct move move;
	int turn; /* 0: none */
};

/* The address that the rule is for; NULL: none of these. */
const struct source *sbr_find_source(const struct sbr *sbr, const struct kernel_rule *rule);

/* Before anything is made: rules and tables go, and the main table gets the routes back. */
int sbr_remove_old(struct chained *c, struct cni_error *err) must_check;

/* CHECK, when all is read: each source has its rule, and a table with a way out. */
int sbr_check(const struct sbr *sbr, struct cni_error *err) must_check;
