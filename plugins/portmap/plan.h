/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which entries of the table follow from the ports asked for and the container's addresses. Pure.
 */
#pragma once

#include "nft/owned.h"
#include "plugin/chained.h"
#include "portmap_conf.h"

/*
 * Adds the entries to `ret`, for `c->conf`, the addresses of `c->prev` and its interface. A port
 * that would lead to two places is an error, code 7. `has_link` goes into the entries.
 */
int plan_ports(const struct chained *c, bool has_link, struct owned_entries *ret,
	       struct cni_error *err) must_check;
