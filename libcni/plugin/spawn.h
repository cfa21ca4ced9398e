/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs another program with a text on stdin and collects what it prints. The only place that starts
 * processes.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/text.h"

struct spawn {
	const char *path;	      /* of the program, also its argv[0] */
	const char *const *arguments; /* behind argv[0], NULL at the end; NULL: none */
	const char *const
		*set_variables; /* "CNI_COMMAND=ADD", …, NULL: replace the inherited ones */
	const struct text *input;
	const sigset_t *signal_mask;
	void (*meanwhile)(void *data); /* done while the program runs, before anything of it is
					  read; or NULL */
	void *meanwhile_data;
};

struct spawned {
	bool started;		    /* also told when waiting for it failed */
	struct text output, errors; /* stdout and stderr */
	int exit_status;	    /* 0 to 255; meaningless when a signal ended it */
	int signal;		    /* 0: it exited */
};

#define cleanup_spawned cleanup_with(spawned_release)

/*
 * 0 when the program ran to its end, however that was. -errno when it could not be started, -EINTR
 * when a SIGTERM for us ended it (it got one too). It is waited for, not for what it may have left
 * behind in the background.
 */
int spawn_run(const struct spawn *spawn, struct spawned *ret) must_check;
void spawned_release(struct spawned *spawned);
