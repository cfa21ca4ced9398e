/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Delegation to the IPAM plugin named in the configuration (cni-protocol §6), and the lease that
 * undoes itself.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "plugin/plugin.h"
#include "types/result.h"

/* Addresses that an IPAM plugin gave us: given back unless kept. */
struct lease {
	struct cni_call *call; /* borrowed; NULL: nothing to give back */
};

#define undo_lease cleanup_with(lease_undo)

void lease_undo(struct lease *lease);

static inline void lease_keep(struct lease *lease)
{
	lease->call = NULL;
}

/* What has to be done before addresses are of any use: making the interface. */
struct ipam_errand {
	int (*run)(void *data, struct cni_error *err);
	void *data;
	bool at_any_time; /* nothing speaks against doing it at the same time as the plugin does its
			     part */
};

/*
 * ADD: runs the errand and asks for addresses. The answer has at least one. The delegate's error
 * object is passed on unchanged. A failing ADD is not followed by a DEL: the lease may belong to a
 * living attachment of the same owner. When the errand fails, its error is reported and no lease is
 * left.
 *
 * The errand comes first, as an IPAM plugin may work on the interface (dhcp does). host-local and
 * static have nothing to do with it: they run at the same time.
 */
int ipam_add(struct cni_call *call, const struct ipam_errand *errand, struct lease *ret_lease,
	     struct result *ret_result, struct cni_error *err) must_check;

/*
 * The other verbs; ipam_status and ipam_gc do nothing when the configuration names no IPAM, so they
 * serve as a plugin's own.
 */
int ipam_del(struct cni_call *call, struct cni_error *err) must_check;

/*
 * DEL when the configuration has an IPAM that it does not name: host-local is asked, if it is
 * installed, as its leases know their owner. A failure is only told on stderr.
 */
void ipam_del_unnamed(struct cni_call *call);
int ipam_check(struct cni_call *call, struct cni_error *err) must_check;
int ipam_status(struct cni_call *call, struct cni_error *err) must_check;
int ipam_gc(struct cni_call *call, struct cni_error *err) must_check;

/* Whether the configuration names an IPAM plugin: layer 3. */
static inline bool ipam_is_set(const struct cni_call *call)
{
	return *call->conf.ipam_type;
}
