/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from a lease that begins, changes or is over: on the interface, and on file. */
#pragma once

#include "daemon.h"

/*
 * The lease begins or goes on. An ADD that waits for it gets it; else the interface is changed from
 * what `before` (empty: nothing), which may be taken, gave to what it gives now.
 */
void tenure_bind(struct daemon *daemon, struct holding *holding, struct result *before);

/*
 * A REQUEST is about to go out. Whoever is killed behind it leaves a note of what a server may have
 * given out; where nobody waits for the lease, its file is there already.
 */
void tenure_note(struct daemon *daemon, const struct holding *holding);

/* Writes down once more what there is, after its file was lost. */
void tenure_keep(struct daemon *daemon, const struct holding *holding);

/*
 * An ADD asks for what the interface has a lease for already, or had: what is there of another one
 * goes, and who asks puts on the lease's.
 */
int tenure_join(struct daemon *daemon, struct holding *holding, struct spot_visit *visit,
		struct cni_error *err) must_check;

/* The address must not be used any more, and is taken off. */
void tenure_lose(struct daemon *daemon, struct holding *holding);

/* A change of the interface that failed is tried again; one that fails once more sets another time.
 */
void tenure_repeat(struct daemon *daemon, struct holding *holding);

/* Says once what is wrong with this lease, until it is well again. */
void tenure_tell(struct holding *holding, const char *what, int r);
