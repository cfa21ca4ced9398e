/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of ipvlan. Pure. */
#pragma once

#include "net/ipvlan.h"
#include "plugin/master.h"
#include "plugin/plugin.h"

struct ipvlan_conf {
	struct master_conf on;
	const char *mode_name;
	struct ipvlan_options options;
};

int ipvlan_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
