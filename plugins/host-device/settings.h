/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else a container can change of a link and travels with it: its broadcast address, mode,
 * group, the sizes of its segments, and whether it is held down. Each as the kernel's attribute, in
 * hex digits.
 */
#pragma once

#include "net/netlink.h"
#include "types/result.h"

/* Adds them to *ret; what this kernel does not tell is left out. */
int settings_read(struct netlink *nl, int link, struct strings *ret) must_check;

/* Best effort, with a warning about `name`, which comes home all the same. */
void settings_restore(struct netlink *nl, int link, const char *name, const struct strings *wanted);
