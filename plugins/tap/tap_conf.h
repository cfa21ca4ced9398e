/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of tap. Pure. */
#pragma once

#include <stdbool.h>

#include "net/tap.h"
#include "plugin/mac_wish.h"
#include "plugin/plugin.h"

struct tap_conf {
	struct tap_options options;
	int mtu; /* bytes, 0: the kernel's default */
	const char *mac_text;
	const char *selinux_context; /* "": the plugin's own */
	const char *bridge;	     /* in the container; "": none */
	struct mac_wish mac;
};

int tap_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
