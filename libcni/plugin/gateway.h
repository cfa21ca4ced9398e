/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which gateways and default routes follow from an IPAM result, and what may stay on the bridge.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "types/addr.h"
#include "types/result.h"

struct gateways {
	struct prefix *items; /* IPv4 first, each once */
	size_t count;
};

#define cleanup_gateways cleanup_with(gateways_release)

/*
 * Completes the result: with `is_gateway` an address without gateway gets the first of its network;
 * with `is_default_gateway` each family gets a default route through its first gateway unless the
 * result has one in the main table (one without gateway and metric gets the gateway filled in).
 * *ret is what the bridge must have: empty unless `is_gateway`.
 */
int gateway_plan(struct result *result, bool is_gateway, bool is_default_gateway,
		 struct gateways *ret, struct cni_error *err) must_check;

bool gateways_contain(const struct gateways *gateways, const struct prefix *address);

/*
 * Does `present`, an address of the bridge, stand in the way of the planned gateways? Any other
 * IPv4 address does; an IPv6 address when its network overlaps that of a gateway. The gateway in
 * question in *ret_gateway.
 */
bool gateway_conflicts(const struct gateways *gateways, const struct prefix *present,
		       const struct prefix **ret_gateway);

bool gateways_have_family(const struct gateways *gateways, int family);
void gateways_release(struct gateways *gateways);
