/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The alternative names of a link, which travel with it. */
#pragma once

#include "base/cleanup.h"
#include "net/netlink.h"
#include "types/result.h"

/* Adds them to *ret; none where the kernel (before 5.5) knows no such names. */
int names_read(struct netlink *nl, int link, struct strings *ret) must_check;

/* Makes them those that are wanted: a name that a container gave is no name on the host. */
int names_set(struct netlink *nl, int link, const struct strings *wanted) must_check;

bool names_contain(const struct strings *names, const char *name);
void names_release(struct strings *names);

#define cleanup_names cleanup_with(names_release)
