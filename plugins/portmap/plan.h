/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which entries of the table follow from the ports asked for and the container's addresses. Pure.
 */
#pragma once

#include "conf.h"
#include "nft/owned_share.h"
#include "types/result.h"

/*
 * Adds the entries to `ret`; `ifname` is CNI_IFNAME. A port that would lead to two places is an
 * error, code 7. `has_link` goes into the entries.
 */
int plan_ports(const struct portmap_conf *conf, const struct result *prev, const char *ifname,
	       bool has_link, struct owned_entries *ret, struct cni_error *err) must_check;
