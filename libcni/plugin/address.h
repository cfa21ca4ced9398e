/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gateways' addresses on the bridge (or on its VLAN gateway interface). */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/link.h"
#include "net/netlink.h"
#include "plugin/gateway.h"

/*
 * Gives the link the gateways, and the host forwarding for their families. A conflicting address is
 * an error that names both, unless `force`, or unless the bridge is ours and has no other port than
 * the one just made: then it is replaced.
 */
int address_ensure(struct netlink *host, const struct link *link, const struct gateways *gateways,
		   bool force, bool dad, struct cni_error *err) must_check;

/* CHECK: the link has every gateway and the host forwards; code 104. */
int address_check(struct netlink *host, const struct link *link, const struct gateways *gateways,
		  struct cni_error *err) must_check;
