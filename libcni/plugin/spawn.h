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
};

/* A program that runs, with our ends of its pipes; ended and reaped unless it was waited for. */
struct child {
	pid_t pid; /* 0: none */
	int output, errors;
};

#define stop_child cleanup_with(child_stop)

struct spawned {
	struct text output, errors; /* stdout and stderr */
	int exit_status;	    /* 0 to 255; meaningless when a signal ended it */
	int signal;		    /* 0: it exited */
};

#define cleanup_spawned cleanup_with(spawned_release)

/*
 * Our environment with some variables replaced; the array is the caller's to free, the texts are
 * borrowed.
 */
char **spawn_environment(const char *const *variables) must_check;

/* -errno when the program could not be started. */
int spawn_start(const struct spawn *spawn, struct child *ret) must_check;

/*
 * 0 when the program ran to its end, however that was; -EINTR when a SIGTERM for us ended it (it
 * got one too), other -errno when it was lost sight of and therefore ended. It is waited for, not
 * for what it may have left behind in the background.
 */
int child_wait(struct child *child, struct spawned *ret) must_check;

/* Ends it with SIGTERM, later SIGKILL; nothing when it was waited for. */
void child_stop(struct child *child);
void spawned_release(struct spawned *spawned);
