/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of firewall. Pure. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "types/netconf.h"

enum ingress_policy { POLICY_OPEN, POLICY_SAME_BRIDGE, POLICY_ISOLATED };

struct firewall_conf {
	const char *admin_chain;     /* borrowed from the configuration; NULL: no configuration */
	const char *unknown_backend; /* what `backend` says and nobody knows, or NULL */
	enum ingress_policy policy;
};

int firewall_conf_read(const struct netconf *conf, struct firewall_conf *ret,
		       struct cni_error *err) must_check;
