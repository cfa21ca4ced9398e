/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the attachment behind a lease dead? Only what is proven counts:
 *
 *   - its record was written in another boot; or
 *   - its record names a network namespace, and its path leads there no longer, and no process that
 *     we see and no bind mount holds the namespace; or
 *   - there is no record, and its lease is older than this boot. A lease that we made in this boot
 *     has a record, so this is about leases of other programs and of earlier boots, of which /run
 *     knows nothing any more. The boot began at the earlier of two times: the clock minus the time
 *     since boot, and the birth of /proc by the clock of then. A clock that was set forward moves
 *     the first, one that was set back the second; neither turns a lease of this boot into an old
 *     one.
 *
 * A path means something only in the mount namespace it was recorded in; seen from another, nothing
 * is known.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/holders.h"
#include "record.h"

enum life {
	LIFE_UNKNOWN,
	LIFE_ALIVE,
	LIFE_DEAD,
};

/* What we can see from here and now; namespaces in use are looked up at the first need. */
struct witness {
	struct record self; /* where and when we are: what a new record begins with */
	int64_t boot_time;  /* nanoseconds since 1970, or 0 when unknown */
	bool has_looked;
	struct holders holders;
};

#define cleanup_witness cleanup_with(witness_release)

/* Looks at the boot, the mount namespace and, unless `netns` is "", the namespace of the call. */
void witness_init(struct witness *witness, const char *netns);
void witness_release(struct witness *witness);

/*
 * True when a glance at the record shows that its attachment lives: the usual case, without looking
 * at the lease.
 */
bool life_is_plain(const struct witness *witness, const struct record *record);

/*
 * Judges the lease with this content and stamp. `record` is the one that is about it, NULL: none.
 * *ret_why says in words what proves a death.
 */
enum life life_judge(struct witness *witness, const char *content, const struct lease_stamp *stamp,
		     const struct record *record, const char **ret_why);
