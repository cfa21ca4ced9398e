/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings below /proc/sys/net, of the namespace the process is in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/*
 * Writes or reads /proc/sys/net/<family>/conf/<ifname>/<key>, family "ipv4" or "ipv6"; -errno. A
 * write that is refused counts as done where the setting begins with the wanted value already, as
 * below a read-only /proc/sys.
 */
int sysctl_write_link(const char *family, const char *ifname, const char *key,
		      const char *value) must_check;
int sysctl_read_link(const char *family, const char *ifname, const char *key,
		     char *ret_first_byte) must_check;

/*
 * Switches forwarding on for the family unless it is on. Before IPv6 forwarding is switched on for
 * the first time, interfaces with accept_ra=1 get 2, so that the host keeps the routes it learnt
 * from router advertisements (Documentation/networking/ip-sysctl.rst, accept_ra). Code 102 with
 * the remedy.
 */
int sysctl_enable_forwarding(int family, struct cni_error *err) must_check;

/* 1 when forwarding is on, 0 when off, -errno. */
int sysctl_get_forwarding(int family);

struct link_settings {
	bool dad;	/* keep duplicate address detection (enabledad) */
	bool accept_ra; /* keep router advertisements and autoconfiguration */
	bool ipv6;	/* the container gets IPv6 addresses: IPv6 must be on */
};

/*
 * The settings of a container interface before it comes up, in the container's namespace:
 * accept_dad, accept_ra, autoconf, disable_ipv6, keep_addr_on_down. Only what IPv6 needs is an
 * error, with code 102; the rest is best effort, as on a kernel without IPv6.
 */
int sysctl_prepare_link(const char *ifname, const struct link_settings *settings,
			struct cni_error *err) must_check;
