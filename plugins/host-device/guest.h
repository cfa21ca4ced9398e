/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device of the host on its way to a container and home again. */
#pragma once

#include "base/error.h"
#include "net/attach.h"
#include "state.h"

/* Takes down what `link`, on the host, is and has. */
int guest_describe(struct netlink *host, const struct link *link, struct state *ret,
		   struct cni_error *err) must_check;

/*
 * To the container, called `name` there, in one request: it is here or there, and nobody can see it
 * between. Its alias is the host's name of it, by which the reference finds home. *ret: the link
 * there; state->is becomes what the container's side shows.
 */
int guest_send(struct attach *at, const char *name, struct state *state, struct link *ret,
	       struct cni_error *err) must_check;

/*
 * Home: its name, alternative names, MAC and MTU are set in a namespace that nobody else is in,
 * then it comes, and gets its flags, addresses and routes. What the container did to it decides
 * nothing. 0 also when it is home already, or went with its namespace. Code 103 when the host has
 * another link of its name: then it stays where it is. Hardware whose namespace is gone comes by
 * itself and is waited for; -EAGAIN without words when it has not. `netns_path` ("": none) is
 * looked at before the path that ADD saw; only the namespace counts.
 */
int guest_fetch(struct netlink *host, const struct state *state, const char *netns_path,
		struct cni_error *err) must_check;

/* What can be known of a device that the reference moved: all of it from the host's side. */
void guest_adopt(const struct link *link, const char *name, struct state *ret);
