/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether anybody on the network has the address that a server gives. */
#pragma once

#include "daemon.h"

/* Asks once more. `visit` as in exchange_step(). -errno. */
int conflict_probe(struct daemon *daemon, struct holding *holding,
		   struct spot_visit *visit) must_check;

/* No answer counts any more. */
void conflict_end(struct holding *holding);
