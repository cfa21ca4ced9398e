/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts an IPAM result on a container's interface: settings, addresses, up, routes; then tells the
 * neighbours.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/attach.h"
#include "net/link.h"
#include "net/route.h"
#include "plugin/plugin.h"
#include "types/result.h"

struct interface_spec {
	const char *name;  /* CNI_IFNAME */
	int link;	   /* its index in the container */
	const char *alias; /* its mark; NULL: it has one, or needs none */
	int result_index;  /* its place in the result's interfaces; -1: addresses without an index
			      count too */
	bool dad;	/* the segment is shared with strangers: IPv6 addresses must prove unique */
	bool accept_ra; /* keep router advertisements and autoconfiguration */
	bool is_up;	/* by interface_raise(): the kernel will announce nothing */
	bool no_prefix_route; /* the plugin makes the routes to the subnet itself */
	const struct kernel_routes
		*routes; /* further routes, before those of the result; or NULL */
};

/* How the neighbours are told about addresses. */
struct announcer {
	bool by_kernel;
	int packet_socket; /* where the kernel will not; -1: none */
};

#define ANNOUNCER_NONE                                                                             \
	{                                                                                          \
		.packet_socket = -1                                                                \
	}
#define cleanup_announcer cleanup_with(announcer_release)

static inline void announcer_release(struct announcer *announcer)
{
	close_fd(&announcer->packet_socket);
}

/*
 * For an IPAM plugin that speaks through the interface: its settings, and up. Addresses and routes
 * come with interface_configure().
 */
int interface_raise(struct attach *at, const struct interface_spec *spec,
		    struct cni_error *err) must_check;

/*
 * lo up, addresses, link up and routes in one system call, so that a killed ADD leaves an interface
 * that is either down or complete; its settings are written before that, and *announcer is prepared
 * (NULL where there is nobody to tell), in one visit to the container. A route without gateway goes
 * through the first gateway of its family. Waits for duplicate address detection only with `dad`.
 */
int interface_configure(struct attach *at, const struct interface_spec *spec,
			const struct result *result, struct announcer *announcer,
			struct cni_error *err) must_check;

/* The route of a result as interface_configure() makes it, for CHECK. */
struct kernel_route interface_plan_route(const struct interface_spec *spec,
					 const struct result *result, const struct route *route);

/*
 * Waits until the interface itself has its carrier: before, its link-local address is missing. The
 * other end must be up. Newer kernels answer at once. Best effort, for a kernel may take its time.
 */
void interface_wait(struct attach *at, const struct interface_spec *spec);

/*
 * Announces every address of the interface; call it when its frames reach the others. Best effort.
 */
void interface_announce(struct attach *at, const struct announcer *announcer,
			const struct interface_spec *spec, const uint8_t mac[MAC_SIZE],
			const struct result *result);

/* The container's interface joins the list of the result, and has its addresses. Its place there.
 */
int interface_list(const struct cni_call *call, const uint8_t *mac_or_null, struct result *result);

/* The end of an ADD: the result with the configuration's dns, in the asked version. */
int interface_answer(const struct cni_call *call, struct result *result, struct text *out,
		     struct cni_error *err) must_check;
