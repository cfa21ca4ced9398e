/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A veth pair between the host and a container: born complete, owned, and undone unless kept. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/attach.h"
#include "net/link_create.h"
#include "types/owner.h"

/* What is wanted. */
struct veth_spec {
	const char *container_name; /* CNI_IFNAME */
	const struct owner *owner;
	const uint8_t *container_mac; /* NULL: from the owner */
	int mtu;		      /* bytes, 0: the kernel's default */
	int master;    /* index of the bridge the host end becomes a port of, 0: none */
	bool isolated; /* a port flag, with master only */
	/*
	 * The same: forwards reserved addresses, so that spoof checks see them. The host end stays
	 * down until the checks are there.
	 */
	bool is_checked;
	/* A switch that the kernel's bridges know nothing of takes what comes to the host end; the
	 * host itself has no part in it. */
	bool is_switched;
};

/* What was made. The pair goes with its host end. */
struct veth {
	struct made_link host;
	int container_index;
	uint8_t container_mac[MAC_SIZE];
};

/*
 * Picks the host end's name: the first salt that is free or held by this owner. *ret_held tells
 * that a link of this owner has the name already (half-made by an ADD that was killed, or alive);
 * `ret_link` describes it then.
 */
int veth_pick_name(struct netlink *host, const struct owner *owner, char ret_name[IFNAMSIZ],
		   bool *ret_held, struct link *ret_link, struct cni_error *err) must_check;

/*
 * Makes the pair in one message from the host socket: names, MACs, MTU, master, container end in
 * its namespace, both down. In the same system call the host is asked for what came of it: the host
 * end has our name and MAC, the container end is the other end of that one. The container, whose
 * interfaces may have other names by then, is not asked. A further message carries the alias (the
 * owner's text), the port flag and, without `is_checked`, up for the host end. CNI_IFNAME being
 * taken in the container is code 103 `container veth name provided (eth0) already exists`.
 */
int veth_create(struct attach *at, const struct veth_spec *spec, const char *host_name,
		struct veth *ret, struct cni_error *err) must_check;

/*
 * The bridge port gets its own frames back from now on. Last of all: a container that hears its own
 * advertisements and its own proof that an address is unique takes them for another's.
 */
int veth_set_hairpin(const struct veth *veth, struct cni_error *err) must_check;

/* Names tried for one owner; two owners share one with a chance of 2^-32. */
enum { VETH_NAMES = 4 };

/*
 * GC: a host end of our making. Anybody may give a link an alias, a container too, whose devices
 * come back to the host when it ends; so the kind must be ours and the name must follow from the
 * alias.
 */
bool veth_is_host_end(const struct link *link);

/* DEL: the host ends of this owner, whatever became of the container. Their number, 0: none. */
int veth_list_of_owner(struct netlink *host, const struct owner *owner, struct link ret[VETH_NAMES],
		       struct cni_error *err) must_check;
