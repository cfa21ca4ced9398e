/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of firewall: which containers it knows, and what their policies forbid. */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "firewall_conf.h"
#include "net/netlink.h"
#include "nft/owned.h"
#include "types/addr.h"

/* Starts as all zero. */
struct addr_list {
	struct addr *items;
	size_t count;
};

#define cleanup_addr_list cleanup_with(addr_list_release)

void addr_list_add(struct addr_list *list, const struct addr *addr);
bool addr_list_has(const struct addr_list *list, const struct addr *addr);
void addr_list_release(struct addr_list *list);

enum { GUARD_TABLES = 2 };

extern const struct owned_table *const guard_tables[GUARD_TABLES];

/* One attachment; all borrowed. */
struct guard {
	const char *owner;
	enum ingress_policy policy;
	const char *bridge; /* "" with POLICY_OPEN */
	const struct addr *addresses;
	size_t count;
	const char *const *ports; /* of the bridge, that lead to the container: POLICY_ISOLATED */
	size_t port_count;
};

/* Gives the owner exactly this. Elements of others with these addresses or ports are taken over. */
int guard_set(struct netlink *nft, const struct guard *guard, struct cni_error *err) must_check;
int guard_delete(struct netlink *nft, const char *owner, struct cni_error *err) must_check;
int guard_check(struct netlink *nft, const struct guard *guard, struct cni_error *err) must_check;
/* The addresses that the owner has. */
int guard_read(struct netlink *nft, const char *owner, struct addr_list *ret) must_check;

/* All addresses of all owners; ends with the first non-zero result, as nft_each_element(). */
typedef int guard_address_fn(const char *owner, const struct addr *address, void *data);
int guard_each(guard_address_fn *fn, void *data) must_check;

int guard_collect(struct netlink *nft, const char *network, owner_keep_fn *keep, void *data,
		  struct cni_error *err) must_check;
