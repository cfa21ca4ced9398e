/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of a point-to-point link: the gateway's address on it, the container behind it,
 * forwarding.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "net/link.h"
#include "net/netlink.h"
#include "types/result.h"

int host_configure(struct netlink *host, const struct link *link, const struct result *result,
		   struct cni_error *err) must_check;

/* CHECK of the same; code 104. */
int host_check(struct netlink *host, const struct link *link, const struct result *result,
	       struct cni_error *err) must_check;
