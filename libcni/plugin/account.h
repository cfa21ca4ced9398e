/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a log says of a call: one line, for whoever runs many nodes. CNI_LOG of the environment says
 * where to, or "log" of the configuration; without either there is none, and it costs nothing.
 */
#pragma once

#include "plugin/plugin.h"

/* The last thing that a call does. `err` is empty when it went well. */
void account_give(const struct cni_call *call, const struct cni_error *err);
