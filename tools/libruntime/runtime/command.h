/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command of the user's in a container's namespace, with our terminal. */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

struct command {
	char *const *argv;		  /* found in PATH */
	const char *const *set_variables; /* "NAME=value", …, NULL: replace the inherited ones */
	int netns;
	const char *resolv_conf_or_null; /* what it finds in /etc/resolv.conf */
	const sigset_t *signal_mask;	 /* what it starts with */
	bool adopts; /* what it leaves running becomes our child, also what made itself a daemon */
};

enum {
	COMMAND_SIGNALLED = 128
}; /* plus the signal: the status of a command that one ended, as shells have it */

/*
 * Runs it to its end: its exit status, 0 to 255, or -errno when it could not be started. SIGTERM,
 * SIGHUP and SIGINT that somebody sends to us reach it, and end it for good after a while; what
 * the terminal sends has reached it already.
 */
int command_run(const struct command *command, struct cni_error *err) must_check;
