/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether there is an ovs-vswitchd that carries out what its database says, found out without a
 * change to the database.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/error.h"

struct switchd {
	bool is_running; /* some process holds its lock of the database */
	bool is_hung;	 /* it does not answer at its control socket within the time */
	pid_t pid;	 /* as its file beside the database's socket has it; 0: there is none */
};

/*
 * `path` is the database's socket; the error is about the database, with this code. Where the
 * control socket cannot be found, a process with the lock is taken for well.
 */
int switchd_look(const char *path, int patience_ms, unsigned code, struct switchd *ret,
		 struct cni_error *err) must_check;
