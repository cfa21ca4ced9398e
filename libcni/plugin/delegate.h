/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding another plugin in CNI_PATH, running it with our stdin, and reading how it ended
 * (cni-protocol §6.1, §6.2, §5).
 */
#pragma once

#include <signal.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "plugin/plugin.h"

/* One run of a plugin; all is borrowed. */
struct delegate {
	const char *name; /* of its file */
	const char *path; /* CNI_PATH: folders separated by ':' */
	const char *const
		*set_variables;	     /* "CNI_COMMAND=ADD", …, NULL: replace the inherited ones */
	const struct text *input;    /* what it gets on stdin */
	const sigset_t *signal_mask; /* what it starts with */
};

struct child;

/* Starts it, for delegate_finish(); an error in the reference's words when it cannot be. */
int delegate_start(const struct delegate *delegate, struct child *ret,
		   struct cni_error *err) must_check;

/*
 * Waits for its end. 0: it succeeded and *ret_output is what it printed; its stderr went to ours.
 * Otherwise its error object in `err`, unchanged, or one in the reference's words; -EINTR after
 * SIGTERM, -ECANCELED when it was started and nobody knows how far it got.
 */
int delegate_finish(const struct delegate *delegate, struct child *child, struct text *ret_output,
		    struct cni_error *err) must_check;

/* Both. */
int delegate_run(const struct delegate *delegate, struct text *ret_output,
		 struct cni_error *err) must_check;

/*
 * The file of the plugin `name` in CNI_PATH, for the caller to free; code 999 `failed to find
 * plugin …`.
 */
int delegate_find(const char *name, const char *path, char **ret, struct cni_error *err) must_check;

/* The plugin `name` with our own environment and stdin and another verb. */
int delegate_call(struct cni_call *call, const char *name, const char *verb,
		  struct text *ret_output, struct cni_error *err) must_check;
