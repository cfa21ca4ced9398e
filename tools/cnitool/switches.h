/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bridges of Open vSwitch, which the kernel does not tell of: its database says which link of the
 * host is a port of which bridge, and in which VLANs. Where no switch runs, there are none.
 */
#pragma once

#include "picture.h"

#define SWITCH_SOCKET "/run/openvswitch/db.sock"

/* Gives the host's links that are ports their bridge as master, and their VLANs. */
void switches_read(struct space *host);
