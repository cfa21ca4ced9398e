/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the client's machine wants, done: packets sent and heard in the container's namespace. */
#pragma once

#include "daemon.h"

/* A lease that is new, or was on file, is looked after from here on. Takes it; otherwise as below.
 */
void exchange_begin(struct daemon *daemon, struct holding *holding, struct spot_visit *visit);

/*
 * Does what is due of this lease, which may end it: then it is forgotten. `visit` is a visit to its
 * spot that goes on, or NULL.
 */
void exchange_step(struct daemon *daemon, struct holding *holding, struct spot_visit *visit);

/*
 * Gives the lease back to its server, as far as its namespace can be entered; nobody answers. What
 * it was sent through, or negative: closing that takes the kernel 10 to 20 ms, for which nobody
 * needs to wait.
 */
int exchange_release(struct holding *holding) must_check;

/* The lease was read from a file; `news` is what taking it up told. Takes it. */
void exchange_take_up(struct daemon *daemon, struct holding *holding, enum dhcp_news news);

/* The lease is nobody's any more; an ADD that waits for it fails. */
void exchange_end(struct daemon *daemon, struct holding *holding);

/* The address that is checked is that of `mac`. */
void exchange_taken(struct daemon *daemon, struct holding *holding, const uint8_t mac[MAC_SIZE]);

/* An ADD does not wait any more. */
void exchange_abort(struct daemon *daemon, struct holding *holding);
