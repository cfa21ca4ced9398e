/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP masquerade: what leaves a container for anything but its own subnet and multicast gets the
 * host's address. One rule for each subnet, one set element for each address, everything tagged
 * with its owner; DEL and GC need no address.
 */
#pragma once

#include "nft/owned.h"
#include "types/addr.h"

extern const struct owned_table masquerade_table;

/*
 * An address, with the prefix length of its subnet. One that another owner still has is taken over
 * (its container is gone, or the IPAM would not have given it out).
 */
struct owned_entry masquerade_entry(const struct prefix *prefix) must_check;
