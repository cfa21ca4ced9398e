/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which device of the host a configuration means. */
#pragma once

#include "base/error.h"
#include "host_device_conf.h"
#include "net/link.h"

/*
 * The device that is meant, on the host. Code 999 `failed to find physical interface` when there
 * is none, as while a container has it. *ret_is_dpdk: a program has it by a driver of user space,
 * so there is no link, and *ret is not written.
 */
int find_device(struct netlink *host, const struct host_device_conf *conf, struct link *ret,
		bool *ret_is_dpdk, struct cni_error *err) must_check;

/* Whether a driver of user space has it; false when /sys does not know it. */
bool find_is_dpdk(const struct host_device_conf *conf);
