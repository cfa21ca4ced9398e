/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from a lease that begins, changes or is over: on the interface, and on file. */
#pragma once

#include "daemon.h"

/*
 * The lease begins or goes on. An ADD that waits for it gets it; else the interface is changed from
 * what `before` (empty: nothing) gave to what it gives now.
 */
void tenure_bind(struct daemon *daemon, struct holding *holding, const struct result *before);

/* The address must not be used any more, and is taken off. */
void tenure_lose(struct daemon *daemon, struct holding *holding);

/* Says once what is wrong with this lease, until it is well again. */
void tenure_tell(struct holding *holding, const char *what, int r);
