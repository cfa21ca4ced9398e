/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VLANs of a port, and the interface that carries the gateway of a VLAN. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "bridge_conf.h"
#include "net/link.h"
#include "net/netlink.h"

/*
 * Gives the container's port its VLANs: `vlan` untagged, the trunk tagged; a trunk alone keeps VLAN
 * 1 untagged.
 */
int vlan_set_port(struct netlink *host, int port, const struct bridge_conf *conf,
		  struct cni_error *err) must_check;

/*
 * `<bridge>.<vlan>` on the host: one end of a veth pair whose other end is a port of the bridge
 * with this VLAN untagged. Made once and never removed; completed when an ADD was killed before it
 * had its bridge and VLAN; used as it is when others made it. Names that would be longer than 15
 * bytes are shortened in a way that stays the same.
 */
int vlan_ensure_gateway(struct netlink *host, const struct link *bridge,
			const struct bridge_conf *conf, struct link *ret,
			struct cni_error *err) must_check;

/* CHECK: it exists, and the port of one that we made is on the bridge with its VLAN. */
int vlan_check_gateway(struct netlink *host, const struct link *bridge,
		       const struct bridge_conf *conf, struct link *ret,
		       struct cni_error *err) must_check;

/*
 * CHECK: the port is a member of these VLANs, and of no others if `exactly` and without
 * preserveDefaultVlan. Older releases of the reference leave the bridge's default VLAN on a port.
 */
int vlan_check_port(struct netlink *host, const struct link *port, const struct bridge_conf *conf,
		    bool exactly, struct cni_error *err) must_check;
