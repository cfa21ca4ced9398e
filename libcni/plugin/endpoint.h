/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The skeleton of plugins that give a container one interface, with or without addresses: dummy,
 * macvlan, ipvlan, vlan, tap. Nothing of theirs is on the host, so all of it goes with the
 * container's namespace. A plugin says in a struct endpoint_kind what is its own:
 *
 *	static const struct endpoint_kind kind = { .link = &link_kind_dummy, .needs_ipam = "…" };
 *	static const struct cni_plugin dummy = { .name = "dummy", ENDPOINT_VERBS(&kind) };
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "net/attach.h"
#include "net/link_create.h"
#include "plugin/master.h"
#include "plugin/plugin.h"
#include "types/result.h"

/* One call. `conf` is what endpoint_kind.read() filled, zero before. */
struct endpoint {
	struct cni_call *call;
	const struct endpoint_kind *kind;
	void *conf;
	struct attach at; /* both sockets are open for ADD and CHECK, the host's for STATUS */
	struct owner owner;
	bool dad;	    /* others share the segment: IPv6 addresses must prove unique */
	bool accept_ra;	    /* keep router advertisements and autoconfiguration */
	struct link master; /* what it stands on; index 0: nothing, or nobody named it (CHECK) */
};

struct endpoint_kind {
	const struct link_kind *link;
	/* The words for a configuration without IPAM (code 999); NULL: it gives layer 2. */
	const char *needs_ipam;
	bool announces; /* neighbours are told about the addresses */
	/*
	 * It stands on a master: the configuration begins with a struct master_conf, and where the
	 * link is made, its MTU, CHECK and STATUS follow from that.
	 */
	bool stands;

	size_t conf_size;
	/* Reads and judges the keys of the plugin; nothing is open yet. */
	int (*read)(struct cni_call *call, void *conf, struct cni_error *err);
	void (*release)(void *conf);
	/*
	 * ADD without IPAM, before anything is changed: the addresses and routes the interface gets
	 * all the same. NULL: none, it is layer 2.
	 */
	int (*inherit)(struct endpoint *endpoint, struct result *ret, struct cni_error *err);
	/* Looks for a master that has no name; NULL: it is the default route's interface. */
	int (*find_master)(struct endpoint *endpoint, struct link *ret, struct cni_error *err);
	/*
	 * ADD: completes the wanted link, which has name, container and master already; nothing was
	 * changed yet. NULL: nothing is to be said.
	 */
	int (*plan)(struct endpoint *endpoint, struct link_spec *spec, struct cni_error *err);
	/* ADD: makes the wanted link where it takes more than one request. NULL: link_create(). */
	int (*create)(struct endpoint *endpoint, const struct link_spec *spec,
		      struct cni_error *err);
	/* ADD: what a link can be told only once it exists; it is down. NULL: nothing. */
	int (*finish)(struct endpoint *endpoint, const struct link *link, struct cni_error *err);
	/* CHECK: compares what is the kind's own; the rest has been. NULL: nothing is. */
	int (*check)(struct endpoint *endpoint, const struct link *link, struct cni_error *err);
	/* STATUS, before the IPAM plugin's: would an ADD fail? Code 50. NULL: not for us. */
	int (*status)(struct endpoint *endpoint, struct cni_error *err);
};

int endpoint_add(struct cni_call *call, struct text *out, struct cni_error *err) must_check;
int endpoint_del(struct cni_call *call, struct cni_error *err) must_check;
int endpoint_check(struct cni_call *call, struct cni_error *err) must_check;
int endpoint_status(struct cni_call *call, struct cni_error *err) must_check;

/* Where the master is: the host's socket, or the container's. Of kinds that stand on one. */
struct netlink *endpoint_master_socket(struct endpoint *endpoint);

/* Code 103: the container has an interface called CNI_IFNAME. -EEXIST. */
int endpoint_fail_taken(const struct endpoint *endpoint, struct cni_error *err);

/* GC is the IPAM plugin's. */
#define ENDPOINT_VERBS(kind_)                                                                      \
	.endpoint = (kind_), .delegates = true, .add = endpoint_add, .del = endpoint_del,          \
	.check = endpoint_check, .status = endpoint_status, .gc = ipam_gc
