/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipvlan: an interface with the MAC of the link it stands on, which tells its own by address. */
#pragma once

#include <stdint.h>

#include "net/link_create.h"

struct ipvlan_options {
	uint16_t mode; /* IPVLAN_MODE_* of linux/if_link.h */
};

extern const struct link_kind link_kind_ipvlan;

/* The number of a mode ("l2", "l3", "l3s"); -EINVAL. */
int ipvlan_mode_parse(const char *name) must_check;
const char *ipvlan_mode_name(uint16_t mode);
