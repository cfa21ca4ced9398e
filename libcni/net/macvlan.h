/* SPDX-License-Identifier: GPL-2.0-or-later */
/* macvlan: an interface with a MAC of its own on a link of the host. */
#pragma once

#include <stdint.h>

#include "net/link_create.h"

struct macvlan_options {
	uint32_t mode; /* MACVLAN_MODE_* of linux/if_link.h */
};

extern const struct link_kind link_kind_macvlan;

/* The number of a mode ("bridge", "private", "vepa", "passthru"); -EINVAL. */
int macvlan_mode_parse(const char *name) must_check;
const char *macvlan_mode_name(uint32_t mode);

/* Broadcast frames that may wait for this interface; Linux 5.10 or later. */
int macvlan_set_queue(struct netlink *nl, int index, uint32_t frames) must_check;
