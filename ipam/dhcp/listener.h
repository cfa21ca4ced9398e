/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's socket: systemd's, or our own. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/*
 * A descriptor that listens, or -errno. With LISTEN_FDS for this process it is the one inherited
 * (exactly one may be); *ret_is_inherited says so. Else one is made at `path`, in the place of what
 * a daemon that was killed left there; one where somebody answers is left alone.
 */
int listener_open(const char *path, bool *ret_is_inherited, struct cni_error *err) must_check;

/* Connects to it without waiting: a descriptor, -EAGAIN while too many wait for it, or -errno. */
int listener_connect(const char *path) must_check;
