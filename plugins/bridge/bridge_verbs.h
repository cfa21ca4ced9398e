/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of bridge that fill a file of their own. */
#pragma once

#include "plugin/plugin.h"

int bridge_add(struct cni_call *call, struct text *out, struct cni_error *err);
int bridge_check(struct cni_call *call, struct cni_error *err);
int bridge_status(struct cni_call *call, struct cni_error *err);
