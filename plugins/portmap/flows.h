/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that began before ports changed, and would go on as if they had not. */
#pragma once

#include <stdbool.h>

#include "net/netlink.h"
#include "nft/owned.h"

/*
 * True when flows to these ports can be older than the ports: datagrams go on whatever they meet. A
 * connection of another protocol begins anew, and what an earlier container had went with its DEL.
 * To look costs the kernel milliseconds however few connections there are: it walks the whole hash
 * table.
 */
bool flows_can_be_stale(const struct owned_entries *entries);

/*
 * After these entries were put in: forgets datagram flows to the ports that go elsewhere, and
 * connections that were translated to an earlier container. What goes to other hosts' addresses, to
 * other ports, or to host programs over TCP and SCTP stays.
 */
int flows_forget_before(struct netlink *netfilter, const struct owned_entries *entries) must_check;

/* After these entries were removed: forgets all that was translated to where they led. */
int flows_forget_of(struct netlink *netfilter, const struct owned_entries *entries) must_check;
