/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of dhcp, and what they make of a client's messages. Pure. */
#pragma once

#include "base/cleanup.h"
#include "plugin/plugin.h"

struct dhcp_conf {
	const char *socket_path;
	int priority; /* metric of the routes; 0: the kernel's */
	int timeout;  /* seconds that ADD waits; 0: as long as the daemon does */
	bool broadcast;
	bool checks; /* an address that anybody has is not taken */
	bool slaac;  /* IPv6 addresses of router advertisements are returned, too */
	struct text client_id, options; /* bytes; owned */
};

#define cleanup_dhcp_conf cleanup_with(dhcp_conf_release)

/* For ADD. Errors: code 7, or 999 with the reference's words. */
int dhcp_conf_read(const struct cni_call *call, struct dhcp_conf *ret,
		   struct cni_error *err) must_check;

/* What the other verbs need: where the daemon is. Refuses nothing in DEL. */
int dhcp_conf_read_place(const struct cni_call *call, struct dhcp_conf *ret,
			 struct cni_error *err) must_check;
void dhcp_conf_release(struct dhcp_conf *conf);
