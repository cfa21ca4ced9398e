/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux bridges: the bridge itself and the VLANs of its ports. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/link.h"
#include "net/netlink.h"

struct bridge_spec {
	const char *name;
	int mtu;	     /* for a bridge that is created; 0: the kernel's default */
	bool vlan_filtering; /* wanted; an existing bridge without it is refused with what to do */
	bool dad;	     /* duplicate address detection on a bridge that is created */
	bool promisc;	     /* switched on when set, never off */
	bool pin; /* adopt an untagged existing bridge: fix its MAC and give it our alias */
};

/*
 * Creates the bridge, up and with a constant MAC, or accepts the existing one; sets accept_ra to
 * 0. *ret describes it as it is afterwards. Not a bridge: code 103. Safe against others who create
 * it at the same time.
 */
int bridge_ensure(struct netlink *host, const struct bridge_spec *spec, struct link *ret,
		  bool *ret_created, struct cni_error *err) must_check;

/* The alias of a bridge that we made, and of one that we found without alias and pinned. */
#define BRIDGE_ALIAS "cni bridge"
#define BRIDGE_ALIAS_ADOPTED "cni bridge, adopted"

/*
 * Its MAC was given by us, when it was made or adopted. That of another may be its ports' lowest,
 * and another one with each port.
 */
bool bridge_is_pinned(const struct link *bridge);

struct vlan_plan {
	int native;		/* PVID and untagged; 0: none */
	const uint16_t *tagged; /* sorted ids */
	size_t tagged_count;
	bool keep_default; /* leave the VLANs that the bridge gave the port */
};

/* Applies the plan to a port in one batch. */
int bridge_set_vlans(struct netlink *host, int port, const struct vlan_plan *plan,
		     struct cni_error *err) must_check;

/*
 * Flags of a port's VLAN: BRIDGE_VLAN_INFO_PVID and _UNTAGGED of linux/if_bridge.h, which does not
 * go with netinet/in.h.
 */
enum { VLAN_PVID = 1 << 1, VLAN_UNTAGGED = 1 << 2 };

/* The VLANs of one port: calls fn for each id, with its flags. */
typedef int vlan_fn(uint16_t id, uint16_t flags, void *data);
int bridge_each_vlan(struct netlink *host, int port, vlan_fn *fn, void *data) must_check;

/*
 * Number of ports of a bridge; the cost grows with the number of links, so only for STATUS and
 * errors.
 */
int bridge_count_ports(struct netlink *host, int bridge) must_check;

enum {
	BRIDGE_MAX_PORTS = 1023
}; /* BR_MAX_PORTS is 1 << 10, and port number 0 is never given: net/bridge/br_private.h */
