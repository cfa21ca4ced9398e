/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The link that a container's interface stands on: macvlan, ipvlan, vlan. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "net/link.h"
#include "types/netconf.h"

/* The keys of such a plugin; the first member of its configuration. */
struct master_conf {
	const char *name; /* "": the interface of the default route */
	int mtu;	  /* bytes, 0: the master's */
	bool in_container;
	bool enable_dad, accept_ra;
};

/*
 * By its name, or alternative name; with "" the device of the first default route of the main
 * table, IPv4 before IPv6; none if that leads over several. Code 999 with the reference's words.
 */
int master_find(struct netlink *nl, const char *name, struct link *ret,
		struct cni_error *err) must_check;

/* Code 999 `invalid MTU 1600, must be [0, master MTU(1500)]`. */
int master_check_mtu(const struct link *master, int mtu, struct cni_error *err) must_check;

/* STATUS: code 50 when the master is missing or down. */
int master_status(struct netlink *nl, const char *name, struct cni_error *err) must_check;
