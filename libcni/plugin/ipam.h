/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Delegation to the IPAM plugin named in the configuration (cni-protocol §6), and the lease that
 * undoes itself.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "plugin/plugin.h"
#include "plugin/spawn.h"
#include "types/result.h"

/* How far an ADD of the IPAM plugin got. */
enum lease_state { LEASE_NONE, LEASE_DUE, LEASE_ASKED, LEASE_HELD };

/* Addresses that an IPAM plugin gave us, or is about to: given back unless kept. */
struct lease {
	struct cni_call *call; /* borrowed */
	enum lease_state state;
	bool is_vacant;
	struct child child; /* the plugin, while it works */
};

#define undo_lease cleanup_with(lease_undo)

void lease_undo(struct lease *lease);

/* The same where the plugin needs the interface for it; called while that is still there. */
void lease_undo_before_link(struct lease *lease);

static inline void lease_keep(struct lease *lease)
{
	lease->state = LEASE_NONE;
}

/*
 * ADD, around the making of the interface: ipam_start(), make it, ipam_finish(). A plugin that
 * needs no interface works meanwhile, if `is_vacant`: the host has no link of this owner, the
 * container no interface of this name, so that a lease cannot be that of a living attachment. One
 * that the plugin says the owner has was left by an ADD that was killed, and is given back. Others
 * (dhcp) are started by ipam_finish().
 *
 * The result has at least one address. The delegate's error object is passed on unchanged, and is
 * not followed by a DEL unless vacant: the lease may belong to a living attachment of the same
 * owner.
 */
int ipam_start(struct cni_call *call, bool is_vacant, struct lease *ret_lease,
	       struct cni_error *err) must_check;
int ipam_finish(struct lease *lease, struct result *ret_result, struct cni_error *err) must_check;

/*
 * The other verbs; ipam_status and ipam_gc do nothing when the configuration names no IPAM, so they
 * serve as a plugin's own.
 */
int ipam_del(struct cni_call *call, struct cni_error *err) must_check;

/*
 * A plugin such as dhcp speaks through the interface: that must be there, and up, before its ADD,
 * and until its DEL is done. The lease of any other goes behind the link, so that nobody is given
 * an address that still has one.
 */
bool ipam_is_on_link(const struct cni_call *call);
int ipam_del_before_link(struct cni_call *call, struct cni_error *err) must_check;
int ipam_del_after_link(struct cni_call *call, struct cni_error *err) must_check;

/*
 * DEL when the configuration has an IPAM that it does not name: host-local is asked, if it is
 * installed, as its leases know their owner. A failure is only told on stderr.
 */
void ipam_del_unnamed(struct cni_call *call);
int ipam_check(struct cni_call *call, struct cni_error *err) must_check;
int ipam_status(struct cni_call *call, struct cni_error *err) must_check;
int ipam_gc(struct cni_call *call, struct cni_error *err) must_check;

/*
 * An interface of less than 1280 bytes takes no IPv6 address (RFC 8200, section 5): code 7. The
 * first looks at what the configuration says before anything is done, the second at what an IPAM
 * plugin gave. An `mtu` of 0 is the kernel's choice.
 */
int ipam_check_mtu(const struct cni_call *call, int mtu, struct cni_error *err) must_check;
int ipam_check_mtu_of_result(const struct result *result, int mtu,
			     struct cni_error *err) must_check;

enum { IPV6_MIN_MTU = 1280 };

/* Whether the configuration names an IPAM plugin: layer 3. */
static inline bool ipam_is_set(const struct cni_call *call)
{
	return *call->conf.ipam_type;
}
