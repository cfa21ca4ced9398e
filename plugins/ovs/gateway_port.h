/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface of the host that carries a network's gateway addresses: an internal port of the
 * switch in the network's VLAN, one for all containers of the network. Made by the first ADD and
 * never removed.
 */
#pragma once

#include "net/netlink.h"
#include "vswitch.h"

/* `cni` and 8 hex digits that follow from network, bridge and VLAN. */
void gateway_port_name(const char *network, const struct ovs_conf *conf, char ret[IFNAMSIZ]);

/* Makes it or completes what is there, up; `look` is what vswitch_look() found of it. */
int gateway_port_ensure(struct ovsdb *db, struct netlink *host, const char *network,
			const struct ovs_conf *conf, const struct vswitch_look *look,
			struct link *ret, struct cni_error *err) must_check;
