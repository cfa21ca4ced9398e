/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The skeleton of plugins that work behind the one that attached the container, on its result:
 * portmap, tuning, sbr, vrf, firewall, bandwidth. The result is passed on. A plugin says in a
 * struct chained_kind what is its own:
 *
 *	static const struct chained_kind kind = { .no_prev = "…", .add = add, .del = del, … };
 *	static const struct cni_plugin portmap = { .name = "portmap", CHAINED_VERBS(&kind) };
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "net/attach.h"
#include "plugin/attachments.h"
#include "plugin/plugin.h"
#include "types/owner.h"
#include "types/result.h"

/* One call. `conf` is what chained_kind.read() filled, zero before. */
struct chained {
	struct cni_call *call;
	const struct chained_kind *kind;
	void *conf;
	/*
	 * ADD and CHECK: the previous result; what ADD makes of it is the result. DEL: empty unless
	 * there is one that can be read.
	 */
	struct result prev;
	/*
	 * The interface of `prev` that the call is about: of the name CNI_IFNAME and in a
	 * container. Of several the one in CNI_NETNS, by its path or else by what lies there. NULL:
	 * none. Interfaces on the host have no sandbox and never count.
	 */
	struct result_interface *interface;
	struct attach at; /* as far as the kind opens it */
	struct attachment attachment;
	struct owner owner;
};

/* Which sockets of `at` a verb finds open. Without namespace, DEL finds none of the container's. */
enum chained_sockets {
	CHAINED_NONE,
	CHAINED_HOST,	   /* the host's; the namespace itself for ADD and CHECK */
	CHAINED_CONTAINER, /* both, and the namespace; in DEL only as long as it exists */
};

typedef int chained_fn(struct chained *c, struct cni_error *err);

struct chained_kind {
	enum chained_sockets sockets;
	/* ADD without a previous result; CHECK has words of its own (check_prev_result()). */
	const char *no_prev;
	unsigned no_prev_code;
	const char *config_words; /* ADD: in front of errors of the configuration, or NULL */

	size_t conf_size;
	/*
	 * Reads and judges the keys of the plugin; nothing is open yet. What it refuses, DEL and GC
	 * take for an empty configuration (all zero), and say so on stderr; with
	 * call->conf.is_lenient it may refuse less.
	 */
	int (*read)(struct cni_call *call, void *conf, struct cni_error *err);
	void (*release)(void *conf);

	/* ADD; may change c->prev. When it fails, or its result cannot be told, undo() is called.
	 */
	chained_fn *add;
	void (*undo)(struct chained *c); /* NULL: add() leaves nothing when it fails */
	/* DEL, by owner: there may be no namespace, no previous result, no configuration. */
	chained_fn *del;
	chained_fn *check;  /* CHECK: changes nothing; code 104. NULL: nothing is compared */
	chained_fn *status; /* STATUS: code 50; no socket is open. NULL: always fine */
	/* GC: removes what owners of the network have that are not in the list; sockets: the
	 * host's. */
	int (*collect)(struct chained *c, struct attachments *valid, struct cni_error *err);
};

int chained_add(struct cni_call *call, struct text *out, struct cni_error *err) must_check;
int chained_del(struct cni_call *call, struct cni_error *err) must_check;
int chained_check(struct cni_call *call, struct cni_error *err) must_check;
int chained_status(struct cni_call *call, struct cni_error *err) must_check;
int chained_gc(struct cni_call *call, struct cni_error *err) must_check;

#define CHAINED_VERBS(kind_)                                                                       \
	.chained = (kind_), .add = chained_add, .del = chained_del, .check = chained_check,        \
	.status = chained_status, .gc = chained_gc

/*
 * Whether an address of the previous result is meant: one of c->interface, or one that belongs to
 * no interface (no index, or one that leads nowhere).
 */
bool chained_means(const struct chained *c, const struct result_ip *ip);
