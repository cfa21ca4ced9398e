/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of firewall. Pure. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "types/netconf.h"

enum ingress_policy { POLICY_OPEN, POLICY_SAME_BRIDGE, POLICY_ISOLATED };

enum firewall_backend {
	BACKEND_AUTO, /* firewalld where it runs */
	BACKEND_NATIVE,
	BACKEND_FIREWALLD
};

struct firewall_conf {
	const char *admin_chain;     /* borrowed from the configuration; NULL: no configuration */
	const char *unknown_backend; /* what `backend` says and nobody knows, or NULL */
	const char *zone;	     /* of firewalld; NULL: no configuration */
	enum firewall_backend backend;
	enum ingress_policy policy;
};

int firewall_conf_read(const struct netconf *conf, struct firewall_conf *ret,
		       struct cni_error *err) must_check;
