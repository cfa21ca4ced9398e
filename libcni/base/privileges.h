/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a plugin may do is reduced to what it needs, before it looks at anything that others wrote.
 */
#pragma once

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>

#define PRIVILEGE(capability) (UINT32_C(1) << (capability)) /* all in use are below 32 */

/* The capabilities that a plugin keeps. */
struct privileges {
	uint32_t kept; /* PRIVILEGE(CAP_…) of each */
};

/* Reaching a container's namespace, whoever owns it: its path, and /proc/PID/ns/net. */
#define PRIVILEGES_REACH                                                                           \
	(PRIVILEGE(CAP_SYS_ADMIN) | PRIVILEGE(CAP_SYS_PTRACE) | PRIVILEGE(CAP_DAC_OVERRIDE) |      \
	 PRIVILEGE(CAP_DAC_READ_SEARCH))

/* What attaching needs in all: also links, addresses, routes and rules, and announcing addresses.
 */
extern const struct privileges privileges_attaching;

/*
 * Gives up every other capability, and keeps inherited descriptors above 2 from children. Programs
 * that root starts get all of root's capabilities back: with `delegates` that stays so, without it
 * nothing that this process starts can gain any. Best effort: what the kernel refuses was not ours
 * to use either.
 */
void privileges_drop(const struct privileges *privileges, bool delegates);

/*
 * True when the capability (CAP_…) is in effect and counts for everything on the machine, not only
 * for what a user namespace owns. What the kernel then does not show does not exist.
 */
bool privileges_are_full(int capability);
