/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ADD: rules and tables of a container's addresses, and how they are taken back. */
#pragma once

#include "net/ifaddr.h"
#include "plugin/chained.h"
#include "reach.h"
#include "sbr_conf.h"
#include "sbr_tables.h"

/* An address that gets a rule. */
struct source {
	struct prefix address;
	struct addr gateway; /* AF_UNSPEC: none */
	uint32_t table;
};

/* What was done so far, in its order. */
struct move {
	struct kernel_rules rules; /* made */
	struct kernel_routes made; /* in tables, and hints in main */
	bool changed_main;
};

void move_release(struct move *move);

/* A rule that leads what comes from the address to its table. */
int move_add_rule(struct netlink *nl, const struct source *source, struct move *move,
		  struct cni_error *err) must_check;

/*
 * The table of the address: a default route through its gateway, and those routes of the link that
 * its packets can take.
 */
int move_fill_table(struct netlink *nl, const struct source *source, const struct reach *of_link,
		    int link, struct move *move, struct cni_error *err) must_check;

/* The link's routes leave the main table; with `keep_subnets` those without gateway stay. */
int move_remove(struct netlink *nl, const struct kernel_routes *of_link, bool keep_subnets,
		struct move *move, struct cni_error *err) must_check;

/*
 * The main table keeps the link's subnets, with the addresses as hints for programs that ask for no
 * source. Failures are told on stderr only.
 */
void move_hint(struct netlink *nl, const struct source *source, const struct reach *of_link,
	       int link, struct move *move);

/*
 * What an ADD that was killed left: `in_main` are the routes of `old`, which are in other tables,
 * that the main table gets back.
 */
int move_bring_back(struct netlink *nl, const struct kernel_routes *old,
		    const struct kernel_routes *in_main, struct cni_error *err) must_check;

/* Takes all back, the last first; best effort. */
void move_undo(struct netlink *nl, const struct kernel_routes *of_link, struct move *move);
