/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two ends every attaching plugin works with: a socket in the host's namespace and one in the
 * container's.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/nl.h"

struct attach {
	struct nl host;
	struct nl container;	/* closed until attach_open_container() */
	int netns;		/* descriptor of the container's namespace, or -1 */
	const char *netns_path; /* borrowed */
};

#define ATTACH_CLOSED                                                                              \
	{                                                                                          \
		.host = NL_CLOSED, .container = NL_CLOSED, .netns = -1                             \
	}
#define cleanup_attach cleanup_with(attach_close)

/*
 * Opens the host socket and, unless `netns_path` is empty, the namespace; nothing is changed or
 * visited. -ENOENT when the path does not exist. A namespace that is our own is refused with code
 * 8 `plugin's netns and netns from CNI_NETNS should not be the same` unless `allow_own`.
 */
int attach_open(struct attach *at, const char *netns_path, bool allow_own,
		struct cni_error *err) must_check;

/* Opens the container socket: one visit there and back. Does nothing when it is open. */
int attach_open_container(struct attach *at, struct cni_error *err) must_check;

void attach_close(struct attach *at);
