/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A veth pair with both ends on the host: one a port of a bridge, the other an interface for the
 * host itself.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "net/link.h"
#include "net/netlink.h"

struct veth_local_spec {
	const char *name; /* of the host's interface */
	int master;	  /* the bridge */
	int mtu;	  /* bytes */
};

/*
 * 1 when the pair was made, 0 when an interface of that name was there already (somebody else was
 * faster). Both ends are up; *ret_port is told of a pair that was made. The port's index is below
 * the interface's: tools find it there. Their MACs are constant.
 */
int veth_local_create(struct netlink *host, const struct veth_local_spec *spec, struct link *ret,
		      struct link *ret_port, struct cni_error *err) must_check;

/* The port of such a pair, whatever state it is in: 1; 0 when `interface` is something else. */
int veth_local_find_port(struct netlink *host, const struct link *interface,
			 struct link *ret) must_check;

/* Makes it a port of the bridge, and sets it up. */
int veth_local_join(struct netlink *host, int port, int master) must_check;
