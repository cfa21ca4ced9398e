/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the addresses and routes of a lease on an interface that has those of another, or none. */
#pragma once

#include "spot.h"
#include "types/result.h"

/* True when the interface would look the same with either. */
bool settle_is_same(const struct result *a, const struct result *b);

/*
 * Takes off what `before` gave and puts on what `after` gives; either may be NULL. What is gone
 * already, or there already, is fine. -errno.
 */
int settle(struct spot_visit *visit, const struct result *before, const struct result *after,
	   struct cni_error *err) must_check;
