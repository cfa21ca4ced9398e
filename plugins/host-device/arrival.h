/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a device's way home. */
#pragma once

#include "guest.h"

/* Gives it its flags, addresses and routes; warns of what is not possible any more. */
void settle(struct netlink *host, const struct state *state);
