/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GC: removes the leases of attachments that the runtime does not know. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "plugin/attachments.h"
#include "store.h"

/* Goes on after a failure and reports the first. What no plugin wrote stays. */
int collect_leases(const struct store_place *place, const struct attachments *valid,
		   struct cni_error *err) must_check;
