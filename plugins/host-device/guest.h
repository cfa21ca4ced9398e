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

/* What can be known of a device that the reference moved: all of it from the host's side. */
void guest_adopt(const struct link *link, const char *name, struct state *ret);

/* Notes in *ret what the container's side shows of it. */
void guest_note(const struct link *link, struct state *ret);

/* Whether a link is what was taken down in the same namespace; its index may be another. */
bool guest_was(const struct link *link, const struct identity *was);

/*
 * Looks for it by what its container cannot make; -ENODEV. Until ADD has noted what the container's
 * side shows, by the alias that it gave.
 */
int guest_find(struct netlink *nl, const struct state *state, struct link *ret) must_check;

/* To another namespace; `name` NULL: it keeps the one it has. */
struct nl_msg *guest_move_request(int index, int netns, const char *name) must_check;

/* Gives it its names, MAC, MTU and queue back, and takes what a container gave; -EEXIST. */
int guest_dress(struct netlink *nl, const struct link *link, const struct state *state) must_check;
