/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The zones of firewalld: where containers are let through by it, each of their addresses is a
 * source of a zone. firewalld keeps no owner and forgets sources when it is reloaded; whose an
 * address is stands in the table of ours (guard.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "bus.h"
#include "firewall_conf.h"
#include "net/netlink.h"
#include "nft/owned.h"
#include "types/addr.h"

/* What is wanted, for one owner; all borrowed but for the connection. */
struct zone {
	enum firewall_backend backend;
	const char *name;
	const char *owner;
	const struct addr *addresses; /* sorted, each once */
	size_t count;
	struct bus bus;	 /* open where firewalld is used */
	int patience_ms; /* for each answer of firewalld's */
};

/* It answers one after another, and nobody while it is reloaded; who undoes has waited already. */
enum { ZONE_PATIENCE_MS = 30000, ZONE_UNDO_MS = 3000 };

/*
 * 1: firewalld is used, because the configuration says so or because it says nothing and firewalld
 * runs; 0: it is not. An error only where the configuration says so, with the code of the caller's
 * choice, or after a signal.
 */
int zone_open(struct zone *zone, unsigned code, struct cni_error *err) must_check;
void zone_close(struct zone *zone);

/*
 * DEL, GC: 1 when firewalld runs and may be meant, 0 when it does not. An error after a signal, or
 * when nobody knows whether one runs that the configuration names.
 */
int zone_open_leniently(struct zone *zone, struct cni_error *err) must_check;

/* The rest wants the zone open. */

/* ADD: the addresses are sources of the zone. */
int zone_add(struct zone *zone, struct cni_error *err) must_check;

/* CHECK: code 104 names the first that is no source. */
int zone_check(struct zone *zone, struct cni_error *err) must_check;

/* STATUS: code 50 when firewalld has no such zone or does not answer. */
int zone_status(struct zone *zone, struct cni_error *err) must_check;

/*
 * DEL: what the owner has in the table of ours, and those of `addresses` that nobody else has
 * there, are sources no more. What firewalld refuses is told on stderr.
 */
void zone_withdraw(struct zone *zone, struct netlink *nft);

/*
 * GC: what owners of the network for which keep() is false have in the table of ours are sources no
 * more. After an error the table must stay as it is, for the next GC to know them.
 */
int zone_collect(struct zone *zone, const char *network, owner_keep_fn *keep, void *data,
		 struct cni_error *err) must_check;

/* GC: what the others have, firewalld gets again if it has forgotten it. */
int zone_restore(struct zone *zone, const char *network, owner_keep_fn *keep, void *data,
		 struct cni_error *err) must_check;
