/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * last_reserved_ip.<n>: where the round through range set n is. Other implementations share it. It
 * is a hint: without it the round starts anew.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "types/addr.h"

/* False when there is none, or it is no address. */
bool cursor_read(int dir_fd, size_t set, struct addr *ret);

/*
 * A failure is a line on stderr. True when the file may be a new one, so that the directory has
 * changed.
 */
bool cursor_write(int dir_fd, size_t set, const struct addr *addr);
