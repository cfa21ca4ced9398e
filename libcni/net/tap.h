/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap: an interface whose other end is a file that a program, such as a virtual machine, opens. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/link_create.h"

enum { TAP_NOBODY = UINT32_MAX }; /* no uid or gid: not set */

struct tap_options {
	uint32_t owner, group; /* who may open it beside root; TAP_NOBODY: no such restriction */
	bool multi_queue;
};

extern const struct link_kind link_kind_tap;

/*
 * Makes a tap in the namespace that the thread is in, and keeps it only if `complete` (which gets
 * its name's link, to set what is left) succeeds: until then it lives with a descriptor of ours, so
 * not even a killed ADD leaves it. -EBUSY when the name is taken, whatever has it. It takes part in
 * offloads (IFF_VNET_HDR) and has no packet information (IFF_NO_PI); who opens it says again.
 */
typedef int tap_complete_fn(void *data);
int tap_create(const char *name, const struct tap_options *options, tap_complete_fn *complete,
	       void *data) must_check;

/* -errno of opening /dev/net/tun, for STATUS. */
int tap_is_available(void) must_check;

/* What the kernel says of a tap; -ENODEV when the link is none. */
int tap_read(struct netlink *nl, int index, struct tap_options *ret) must_check;
