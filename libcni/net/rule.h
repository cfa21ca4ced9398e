/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy rules that send what comes from an address to a routing table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"
#include "types/addr.h"

struct kernel_rule {
	struct prefix source; /* of the rule's family; len 0: from everywhere */
	uint32_t table;
	uint32_t priority; /* 0: the kernel's choice */
	uint8_t protocol;  /* RTPROT_*: who made it */
	bool is_simple;	   /* from a source to a table, without further conditions */
};

struct kernel_rules {
	struct kernel_rule *items;
	size_t count;
};

#define cleanup_rules cleanup_with(kernel_rules_release)

/* Adds the rules of the family to `ret`. */
int rule_list(struct netlink *nl, int family, struct kernel_rules *ret) must_check;
void kernel_rules_release(struct kernel_rules *rules);

/* EEXIST when there is an equal one of the same protocol. */
int rule_add(struct netlink *nl, const struct kernel_rule *wanted) must_check;

/* The rule with all of this; 0 also when it is gone. */
int rule_delete(struct netlink *nl, const struct kernel_rule *known) must_check;
