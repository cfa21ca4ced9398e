/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of vlan. Pure. */
#pragma once

#include "net/vlan.h"
#include "plugin/master.h"
#include "plugin/plugin.h"

struct vlan_conf {
	struct master_conf on;
	struct vlan_options options;
};

int vlan_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
