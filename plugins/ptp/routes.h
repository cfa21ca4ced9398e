/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The routes and host addresses that make a subnet out of point-to-point links. Pure. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "net/route.h"
#include "types/result.h"

/*
 * For each address in the container: the gateway is on the link, the rest of the subnet behind it.
 * Every address needs a gateway of its family.
 */
int routes_plan_container(const struct result *result, int link, struct kernel_routes *ret,
			  struct cni_error *err) must_check;

/* For each address on the host: it is reached through the link. */
void routes_plan_host(const struct result *result, int link, struct kernel_routes *ret);
