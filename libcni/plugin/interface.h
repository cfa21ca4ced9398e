/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts an IPAM result on a container's interface: settings, addresses, up, routes; then tells the neighbours. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/attach.h"
#include "net/link.h"
#include "net/route.h"
#include "types/result.h"

struct interface_spec {
	const char *name; /* CNI_IFNAME */
	int link;	  /* its index in the container */
	int result_index; /* its place in the result's interfaces; -1: addresses without an index count too */
	bool dad;	/* the segment is shared with strangers: IPv6 addresses must prove unique */
	bool accept_ra; /* keep router advertisements and autoconfiguration */
	bool no_prefix_route; /* the plugin makes the routes to the subnet itself */
	const struct kernel_routes
		*routes; /* further routes, before those of the result; or NULL */
};

/*
 * One visit to the container, before the interface is up: writes its settings and opens the socket that interface_announce()
 * needs, *ret_packet_socket (which may be NULL where there is nobody to tell).
 */
int interface_prepare(struct attach *at, const struct interface_spec *spec,
		      const struct result *result, int *ret_packet_socket,
		      struct cni_error *err) must_check;

/*
 * lo up, addresses, link up and routes in one system call, so that a killed ADD leaves an interface that is either down or complete. A
 * route without gateway goes through the first gateway of its family. Waits for duplicate address detection only with `dad`.
 */
int interface_configure(struct attach *at, const struct interface_spec *spec,
			const struct result *result, struct cni_error *err) must_check;

/* Announces every address of the interface; call it when its frames reach the others. Best effort. */
void interface_announce(int packet_socket, const struct interface_spec *spec,
			const uint8_t mac[MAC_SIZE], const struct result *result);
