/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floor: the requests that make the kernel objects of an attachment and remove them again, and
 * nothing else. No configuration, no lease, no settings, no look whether something is there
 * already, no waiting, no socket to open.
 *
 * Rules are removed by a program each, which ends with that: its socket of nftables is closed after
 * the deletion, and then the kernel waits until nobody reads what was deleted, one grace period of
 * RCU.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"

/* Programs that have rules. */
enum { FLOOR_MASQUERADE, FLOOR_PORTS, FLOOR_FIREWALL, FLOOR_RULES };

struct floors {
	char *host_path, *container_path; /* what the sockets belong to */
	struct netlink host, container, nft[FLOOR_RULES];
	struct netlink between; /* where a device is on its way home */
	int host_fd, container_fd, between_fd;
	int host_index;			/* of the pair there is */
	struct floor_switch *on_switch; /* of FLOOR_OVS; NULL: not connected yet */
	bool has_nft;			/* the table has been made */
};

#define FLOORS_CLOSED                                                                              \
	{                                                                                          \
		.host = NETLINK_CLOSED, .container = NETLINK_CLOSED,                               \
		.nft = { NETLINK_CLOSED, NETLINK_CLOSED, NETLINK_CLOSED },                         \
		.between = NETLINK_CLOSED, .host_fd = -1, .container_fd = -1, .between_fd = -1     \
	}
#define cleanup_floors cleanup_with(floors_close)

enum floor_kind {
	FLOOR_NO_LINK,
	FLOOR_BRIDGE, /* a port of the bridge "bench0" */
	FLOOR_PTP,    /* a link with routes on both sides */
	FLOOR_LOOPBACK,
	FLOOR_OVS,     /* a port of the bridge "ovs0" of Open vSwitch */
	FLOOR_MACVLAN, /* on the link "benchup" */
	FLOOR_TAP,
	FLOOR_DEVICE, /* the link "benchdev", lent */
	FLOOR_SBR,    /* a macvlan whose address has a rule and a table */
};

struct floor_spec {
	enum floor_kind kind;
	bool ipv4, ipv6;
	bool masquerade;
	uint16_t ports;	    /* of the host that lead to the IPv4 address */
	bool firewall;	    /* addresses that are let through */
	const char *socket; /* of the switch's database; "": none */
};

/* Prepares for these two namespaces, before each ADD and DEL; cheap when they are the last ones. */
int floors_open(struct floors *floors, const char *host, const char *container) must_check;
void floors_close(struct floors *floors);

/* Connects to the switch that the kind needs; before the clock starts. */
int floors_connect(struct floors *floors, const struct floor_spec *spec) must_check;

int floor_add(struct floors *floors, const struct floor_spec *spec) must_check;
int floor_del(struct floors *floors, const struct floor_spec *spec) must_check;
