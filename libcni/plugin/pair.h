/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What plugins that attach a container by a veth pair share: claiming its name, DEL and GC. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/attach.h"
#include "net/link.h"
#include "plugin/plugin.h"
#include "types/owner.h"

/*
 * The name for the host's end. A pair that this owner has already and whose other end is not up was
 * left by an ADD that was killed (interface_configure() makes it up and complete in one step): it
 * goes, with the lease that ADD may have taken. One that is up, or any with `down_is_alive`, is an
 * attachment that lives: code 103 `container veth name provided (eth0) already exists`.
 */
int pair_claim_name(struct cni_call *call, struct netlink *host, const struct owner *owner,
		    bool down_is_alive, char ret_name[IFNAMSIZ], struct cni_error *err) must_check;

/*
 * True when the container has no interface of this name; then a lease that an ADD takes cannot be
 * that of a living attachment.
 */
bool pair_is_vacant(struct attach *at, const char *ifname);

/*
 * The whole DEL, all by owner: link down, rules, link, lease. Nothing of it needs the namespace,
 * the previous result or the configuration that ADD had; what fails does not keep the rest from
 * going.
 */
int pair_del(struct cni_call *call, struct cni_error *err) must_check;

/*
 * The whole GC: links and rules of owners that are not valid any more, then the IPAM plugin's GC. A
 * link that cannot be deleted keeps its rules, and all leases, which the next GC frees: an address
 * with a living link is nobody else's.
 */
int pair_gc(struct cni_call *call, struct cni_error *err) must_check;
