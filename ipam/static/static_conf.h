/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses, routes and dns that the configuration and the runtime name. Pure. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "plugin/plugin.h"
#include "types/result.h"

/*
 * Collects the addresses from all sources: `ipam.addresses` and CNI_ARGS IP together, replaced by
 * args.cni.ips, replaced by runtimeConfig.ips. The error texts are those that scripts compare.
 */
int static_conf_read(const struct cni_call *call, struct result *ret,
		     struct cni_error *err) must_check;
