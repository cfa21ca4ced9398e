/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deals the requested addresses out to the range sets. Pure. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "conf.h"
#include "types/addr.h"

/*
 * Fills `per_set`, one address for each set of the pool, AF_UNSPEC where none is requested. All
 * must be had.
 */
int requests_deal(const struct host_local_conf *conf, struct addr *per_set,
		  struct cni_error *err) must_check;
