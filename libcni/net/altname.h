/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Alternative names of links: for people, beside the one that programs know. */
#pragma once

#include "net/netlink.h"

enum { ALTNAME_SIZE = 128 }; /* with the last zero, as in the kernel */

/* It goes with the link. -EEXIST when any link of the namespace has it. */
int altname_add(struct netlink *nl, int index, const char *name) must_check;
