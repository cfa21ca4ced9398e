/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the attachment behind a lease dead? Only what is proven counts; in doubt it lives. With a
 * record:
 *
 *   - the record was written in another boot, by the kernel's id of it, whatever the clock says; or
 *   - the network namespace that the ADD saw is gone: the kernel says so (node_lives()), or, before
 *     Linux 6.18, its path leads there no longer and nobody holds it whom we see (net/holders.h).
 *     A path means something only in the mount namespace it was recorded in; seen from another,
 *     nothing is known.
 *
 * Without a record (leases of other programs, and of our own when /run was wiped), both of these:
 *
 *   - the lease is older than this boot, which began at the earlier of two times: the clock minus
 *     the time since boot, and the birth of /proc by the clock of then. A clock that was set moves
 *     one or the other, and a lease too, so this alone proves nothing; and
 *   - no network namespace that we see has the address (net/census.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/census.h"
#include "net/holders.h"
#include "record.h"

enum life {
	LIFE_UNKNOWN,
	LIFE_ALIVE,
	LIFE_DEAD,
};

/* What can be seen from here and now; namespaces in use are looked up at the first need. */
struct evidence {
	struct record self; /* where and when we are: what a new record begins with */
	int64_t boot_time;  /* nanoseconds since 1970, or 0 when unknown */
	bool has_looked, has_counted;
	struct holders holders;
	struct census census;
};

#define cleanup_evidence cleanup_with(evidence_release)

/* Looks at the boot, the mount namespace and, unless `netns` is "", the namespace of the call. */
void evidence_init(struct evidence *evidence, const char *netns);
void evidence_release(struct evidence *evidence);

/*
 * True when a glance at the record shows that its attachment lives: the usual case, without looking
 * at the lease.
 */
bool life_is_plain(const struct evidence *evidence, const struct record *record);

/*
 * Judges the lease of `addr` with this content and stamp. `record` is the one that is about it,
 * NULL: none. *ret_why says in words what proves a death.
 */
enum life life_judge(struct evidence *evidence, const struct addr *addr, const char *content,
		     const struct lease_stamp *stamp, const struct record *record,
		     const char **ret_why);
