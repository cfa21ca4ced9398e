/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of sbr. Pure. */
#pragma once

#include <stdbool.h>

#include "plugin/plugin.h"
#include "types/addr.h"

struct sbr_conf {
	int table; /* -1: one for each address is looked for */
	bool source_hints;
	struct addr gateway4, gateway6; /* AF_UNSPEC: the address's own */
};

int sbr_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
