/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file put where others may be using it: they find the old one or the new one, whole. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/text.h"

/*
 * Reads NAME in the folder `dir_fd` if it is a regular file and no link to one, with its mode: 0,
 * -ENOENT when there is none, or another -errno.
 */
int place_read(int dir_fd, const char *name, struct text *ret_content, mode_t *ret_mode) must_check;

/*
 * Puts the content under the name: written beside it, on disk before it has the name. On failure
 * what was there still is. One at a time in a folder: the caller holds its lock.
 */
int place_file(int dir_fd, const char *name, const struct text *content, mode_t mode) must_check;
