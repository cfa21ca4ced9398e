/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers by which one network namespace knows others: the kernel gives one to each namespace
 * that a link of this one leads to or has gone to, and takes it back when that namespace dies.
 * Links carry them beside IFLA_LINK.
 */
#pragma once

#include "net/netlink.h"

/* A question for the number of the namespace at the descriptor, for batches; `data` is an int. */
struct nl_msg *nsid_request(int netns) must_check;
int nsid_take(const struct nlmsghdr *answer, void *data);

/* The number of the namespace at the descriptor in that of the socket; -ENOENT: it has none. */
int nsid_of(struct netlink *nl, int netns) must_check;

/* Calls fn for every number there is; its first non-zero return value ends the walk. */
typedef int nsid_fn(int nsid, void *data);
int nsid_each(struct netlink *nl, nsid_fn *fn, void *data) must_check;
