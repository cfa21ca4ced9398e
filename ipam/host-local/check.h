/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CHECK: does the attachment still have the addresses it was given? */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "plugin/plugin.h"
#include "pool.h"
#include "store.h"

/*
 * Each address of prevResult that lies in the pool must be leased to this owner; without any, the
 * owner must have some lease.
 */
int check_leases(struct cni_call *call, const struct pool *pool, const struct store_place *place,
		 struct cni_error *err) must_check;
