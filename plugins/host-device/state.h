/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host remembers of a device that a container has: in a file of the host, for whatever the
 * link says of itself in the container is the container's to say. The folder is in /run: after a
 * boot every device is at home.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "belongings.h"
#include "net/link.h"
#include "net/netns.h"
#include "types/owner.h"

/* What tells a device whatever it is called: the container can make no other of which all is true.
 */
struct identity {
	int index;
	char kind[16];		  /* "" for hardware */
	char parent[LINK_PARENT]; /* the hardware behind it: "0000:01:00.0"; "" when there is none
				   */
	int peer;		  /* what it stands on or leads to, and the namespace of that, */
	bool peer_is_elsewhere;	  /* as seen in the container */
	int peer_netns;
};

struct state {
	char owner[OWNER_TEXT];
	char name[IFNAMSIZ];	  /* the host's name of it */
	char other_end[IFNAMSIZ]; /* the host's name of that, when it is on the host; or "" */
	/* Its name on the way home, which no container can guess; "": none was chosen. */
	char way_name[IFNAMSIZ];
	struct identity was; /* on the host */
	struct identity is;  /* the same until it is_out, as seen in the container then */
	bool is_out;
	uint32_t flags; /* IFF_* it had */
	int mtu;	/* bytes */
	int queue;	/* packets */
	uint8_t mac[MAC_SIZE];
	bool has_mac;
	char *netns_path;
	struct netns_id netns;
	struct strings alternative_names;
	struct strings settings; /* see settings.h */
	struct belongings belongings;
};

#define cleanup_state cleanup_with(state_release)

/* 1 when there is one of this owner, 0 when not. */
int state_read(const char *owner, struct state *ret, struct cni_error *err) must_check;

/* Replaces the owner's at once or not at all. */
int state_write(const struct state *state, struct cni_error *err) must_check;
int state_remove(const char *owner, struct cni_error *err) must_check;

/* A path for a namespace that the owner's device is in on its way. The caller frees it. */
char *state_passage(const char *owner) must_check;

/* Every owner that has one; a non-zero return value of `fn` ends the walk and is returned. */
int state_each(int (*fn)(const char *owner, void *data), void *data) must_check;

void state_release(struct state *state);
