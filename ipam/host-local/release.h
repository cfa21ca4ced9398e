/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DEL: gives back what one attachment has. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "conf.h"
#include "store.h"
#include "types/owner.h"

/* Having nothing is fine. Goes on after a failure and reports the first. */
int release_leases(const struct store_place *place, const struct attachment *owner,
		   const struct lease_conf *conf, struct cni_error *err) must_check;
