/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What containers, networks and interfaces may be called (cni-protocol §1.4), with the reference's
 * words. Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

/*
 * Each: 0, or -EINVAL with code 4 (container id, interface) or 7 (network, which may not be empty
 * either).
 */
int name_check_container_id(const char *id, struct cni_error *err) must_check;
int name_check_ifname(const char *ifname, struct cni_error *err) must_check;
int name_check_network(const char *name_or_null, struct cni_error *err) must_check;

/* Whether a file in a folder can have this name, so that it can be a plugin's. */
bool name_is_of_file(const char *name);
