/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a plugin may do is reduced to what plugins need, before it looks at anything that others
 * wrote.
 */
#pragma once

#include <stdbool.h>

/*
 * Gives up every capability but those that attaching needs, and keeps inherited descriptors above 2
 * from children. Programs that root starts get all of root's capabilities back: with `delegates`
 * that stays so, without it nothing that this process starts can gain any. Best effort: what the
 * kernel refuses was not ours to use either.
 */
void privileges_drop(bool delegates);

/*
 * True when the capability (CAP_…) is in effect and counts for everything on the machine, not only
 * for what a user namespace owns. What the kernel then does not show does not exist.
 */
bool privileges_are_full(int capability);
