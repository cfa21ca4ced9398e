/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of macvlan. Pure. */
#pragma once

#include "net/macvlan.h"
#include "plugin/mac_wish.h"
#include "plugin/master.h"
#include "plugin/plugin.h"

struct macvlan_conf {
	struct master_conf on;
	const char *mode_name;
	const char *mac_text;
	int queue_length; /* frames, 0: the kernel's default */
	struct macvlan_options options;
	struct mac_wish mac;
};

int macvlan_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
