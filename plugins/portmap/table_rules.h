/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains of the table `inet cni_portmap` and their rules. */
#pragma once

#include "conditions.h"
#include "port_table.h"

#define PORT_TABLE "cni_portmap"

enum { TABLE_CHAINS = 13, TABLE_FIXED_RULES = 25, TABLE_RULES = CONDITIONS_MAX };

extern const struct nft_base_chain table_chains[TABLE_CHAINS];

/* Rule i of those that are always there. */
struct nftnl_rule *table_fixed_rule(size_t i) must_check;

/* Rule i of those that read the set that an entry like this stands in; NULL behind the last. */
struct nftnl_rule *table_rule(const struct port_entry *entry, const char *set,
			      const struct conditions *conditions, size_t i) must_check;

/* About entries, for rules and sets alike. */
bool port_entry_is_specific(const struct port_entry *entry); /* to one address of the host */
bool port_entry_is_alone(const struct port_entry *entry);    /* its subnet is its address */
struct prefix port_entry_subnet(const struct port_entry *entry);
