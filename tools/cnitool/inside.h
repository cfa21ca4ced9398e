/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command, or a shell that says where it is, in a container's namespace. */
#pragma once

#include "tool.h"

/* Set for what runs inside: the name of the container. */
#define INSIDE_VARIABLE "CNITOOL_INSIDE"

struct inside {
	struct tool *tool;
	const char *netns; /* path */
	const char *name;  /* for the prompt */
	char **argv;	   /* "--" may stand before it; empty: the user's shell */
	bool adopts;	   /* see struct command */
};

/*
 * Its exit status; 127 when there is no such program and 126 when it cannot be started, with the
 * reason on stderr.
 */
int inside_run(const struct inside *inside, struct cni_error *err) must_check;

/*
 * What /etc/resolv.conf should say there, by the results of the ADDs that made the attachments of
 * the namespace; NULL: they say nothing of DNS. The caller frees it.
 */
char *inside_resolv_conf(const struct tool *tool, const char *netns) must_check;

/*
 * Where the namespace of a container is, by its name, its path, or the id that its runtime gave
 * it; the caller frees it.
 */
int inside_find(const struct tool *tool, const char *name, char **ret,
		struct cni_error *err) must_check;
