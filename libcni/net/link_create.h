/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of links: making one in one message, taking it back, reading its options. */
#pragma once

#include "base/cleanup.h"
#include "net/attach.h"
#include "net/link.h"

struct rtnl_link;

/* What the kernel calls a kind of link, and how its options get into a request. */
struct link_kind {
	const char *name; /* "dummy" */
	/* Both with libnl-route's setters and getters; NULL: the kind has no options. */
	void (*set)(struct rtnl_link *link, const void *options);
	void (*get)(struct rtnl_link *link, void *ret_options);
	/* Instead of `set`, for options that libnl-route does not know. */
	void (*put)(struct nl_msg *msg, const void *options);
};

extern const struct link_kind link_kind_dummy;
extern const struct link_kind link_kind_ifb;
extern const struct link_kind link_kind_veth; /* options: the struct link_spec of the other end */

/* A link to be made; what is zero or NULL is left to the kernel. */
struct link_spec {
	const char *name; /* at most IFNAMSIZ - 1 bytes */
	const struct link_kind *kind;
	const void *options;
	int lower;		   /* index of the link it stands on, where the socket is */
	const struct attach *into; /* born in this container; NULL: where the socket is */
	const uint8_t *mac;	   /* MAC_SIZE bytes */
	int mtu;		   /* bytes */
	int master;		   /* index of the link it becomes a port of */
	bool is_up;
};

/* The same for batches. */
struct nl_msg *link_create_request(const struct link_spec *spec) must_check;

/* -errno; -EEXIST when the name is taken in the namespace it is to be born in. */
int link_create(struct netlink *nl, const struct link_spec *spec) must_check;

/* The options of a link that is of this kind, for CHECK; -ENODEV when it is gone. */
int link_read_options(struct netlink *nl, int index, const struct link_kind *kind,
		      void *ret_options) must_check;

/* A link that was made: deleted unless kept. */
struct made_link {
	struct netlink *nl; /* borrowed; NULL: there is nothing to undo */
	struct link link;
};

#define undo_link cleanup_with(link_undo)

void link_undo(struct made_link *made);

static inline void link_keep(struct made_link *made)
{
	made->nl = NULL;
}
