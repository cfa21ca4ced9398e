/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leases whose namespace is gone go, too. */
#pragma once

#include "daemon.h"

/* Begins to hear about files that vanish. -errno. */
int sweep_open(struct daemon *daemon) must_check;

/* Hears when files vanish from the folder of this path. */
void sweep_watch(struct daemon *daemon, const char *path);

/* Has a look taken soon. */
void sweep_plan(struct daemon *daemon);

/*
 * Looks at all namespaces: one whose path is gone is sought at processes and mounts; where somebody
 * has it still, the lease goes on there.
 */
void sweep(struct daemon *daemon);
