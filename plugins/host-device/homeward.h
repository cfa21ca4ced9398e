/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a device home from a container. */
#pragma once

#include "guest.h"

/*
 * Home: its name, alternative names, MAC and MTU are set in a namespace that nobody else is in,
 * then it comes, and gets its flags, addresses and routes. What the container did to it decides
 * nothing. 0 also when it is home already, or went with its namespace. Code 103 when the host has
 * another link of its name: then it stays where it is. Hardware whose namespace is gone comes by
 * itself and is waited for; -EAGAIN without words when it has not. `netns_path` ("": none) is
 * looked at before the path that ADD saw; only the namespace counts.
 */
int homeward_fetch(struct netlink *host, const struct state *state, const char *netns_path,
		   struct cni_error *err) must_check;
