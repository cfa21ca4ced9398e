/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of vrf. Pure. */
#pragma once

#include "plugin/plugin.h"

struct vrf_conf {
	const char *name; /* NULL or "" only when lenient: not known */
	int table;	  /* 0: the VRF's own, or the first that no VRF uses */
};

int vrf_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
