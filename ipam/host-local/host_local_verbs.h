/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DEL, CHECK and GC: what becomes of leases that are there. */
#pragma once

#include "allot.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "host_local_conf.h"
#include "plugin/attachments.h"
#include "plugin/plugin.h"
#include "store.h"
#include "types/owner.h"

/*
 * DEL: gives back what one attachment has; nothing is fine. Goes on after a failure and reports
 * the first.
 */
int release_leases(const struct store_place *place, const struct attachment *owner,
		   const struct lease_conf *conf, struct cni_error *err) must_check;

/*
 * ADD: gives back what this one was given. An ADD that nobody listens to any more may end after
 * another one of the same owner, whose leases stay.
 */
int withdraw_leases(const struct store_place *place, const struct attachment *owner,
		    const struct allotment *allotment, struct cni_error *err) must_check;

/*
 * CHECK: each address of prevResult that lies in the pool must be leased to this owner; without
 * any, the owner must have some lease.
 */
int check_leases(struct cni_call *call, const struct pool *pool, const struct store_place *place,
		 struct cni_error *err) must_check;

/*
 * GC: removes the leases of attachments that the runtime does not know. Goes on after a failure and
 * reports the first. What no plugin wrote stays.
 */
int collect_leases(const struct store_place *place, const struct attachments *valid,
		   struct cni_error *err) must_check;
