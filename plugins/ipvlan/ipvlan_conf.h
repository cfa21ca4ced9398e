/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of ipvlan. Pure. */
#pragma once

#include <stdbool.h>

#include "net/ipvlan.h"
#include "plugin/plugin.h"

struct ipvlan_conf {
	const char *master; /* "": what an earlier plugin made, or the default route's interface */
	const char *mode_name;
	int mtu; /* bytes, 0: the master's */
	bool link_in_container;
	bool enable_dad, accept_ra;
	struct ipvlan_options options;
};

int ipvlan_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
