/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What plugins that attach a container by a veth pair share: the steps of ADD; DEL and GC. */
#pragma once

#include <stdbool.h>

#include "net/attach.h"
#include "net/veth.h"
#include "plugin/interface.h"
#include "plugin/ipam.h"
#include "plugin/rules.h"

/* One ADD or CHECK. Undone unless answered, the lease last: an address is free without its link. */
struct pair {
	struct cni_call *call;
	struct lease lease;
	struct rules rules;
	struct attach at;
	struct veth veth;
	bool alt_name;	      /* the host's end is named after the pod, besides */
	bool dad, accept_ra;  /* of the container's end: see struct interface_spec */
	struct result result; /* ADD: what becomes the answer; CHECK: the previous one */
};

#define undo_pair cleanup_with(pair_undo)

struct pair pair_of(struct cni_call *call);
void pair_undo(struct pair *pair);

/* ADD: both namespaces, and nftables where the attachment has rules. Changes nothing. */
int pair_open(struct pair *pair, bool has_rules, struct cni_error *err) must_check;

/*
 * ADD: starts the IPAM plugin and makes the pair, whose names and owner are filled in. A pair that
 * this owner has already and whose other end is not up was left by an ADD that was killed
 * (interface_configure() makes it up and complete in one step): it goes, with the lease that ADD
 * may have taken. One that is up, or any with `down_is_alive`, is an attachment that lives: code
 * 103 `container veth name provided (eth0) already exists`.
 */
int pair_make(struct pair *pair, struct veth_spec *spec, bool down_is_alive,
	      struct cni_error *err) must_check;

/*
 * ADD: the addresses, which an interface of this `mtu` must be able to have. Before a plugin that
 * speaks through the interface, that is up; the host's end must be.
 */
int pair_hear_ipam(struct pair *pair, int mtu, struct cni_error *err) must_check;

/* ADD: both ends join the list of the result. The container's, for interface_configure(). */
struct interface_spec pair_list(struct pair *pair);

/* ADD: -ETIMEDOUT with *ret_state when the host's end does not come up. */
int pair_wait_up(struct pair *pair, uint8_t *ret_state, struct cni_error *err) must_check;

/* ADD: the last step. All is kept. */
int pair_answer(struct pair *pair, struct text *out, struct cni_error *err) must_check;

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
