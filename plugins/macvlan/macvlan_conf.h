/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of macvlan. Pure. */
#pragma once

#include <stdbool.h>

#include "net/macvlan.h"
#include "plugin/mac_wish.h"
#include "plugin/plugin.h"

struct macvlan_conf {
	const char *master; /* "": the interface of the default route */
	const char *mode_name;
	int mtu; /* bytes, 0: the master's */
	const char *mac_text;
	bool link_in_container;
	int queue_length; /* frames, 0: the kernel's default */
	bool enable_dad, accept_ra;
	struct macvlan_options options;
	struct mac_wish mac;
};

int macvlan_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
