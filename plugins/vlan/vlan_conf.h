/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of vlan. Pure. */
#pragma once

#include <stdbool.h>

#include "net/vlan.h"
#include "plugin/plugin.h"

struct vlan_conf {
	const char *master;
	int mtu; /* bytes, 0: the master's */
	bool link_in_container;
	bool enable_dad, accept_ra;
	struct vlan_options options;
};

int vlan_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
