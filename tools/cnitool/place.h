/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file put where others may be using it: they find the old one or the new one, whole. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/deadline.h"
#include "base/text.h"

/* The right to put files into a folder, which one process has at a time. */
struct place_turn {
	int dir_fd;  /* borrowed */
	int lock_fd; /* -1 when there is none */
};

#define PLACE_NO_TURN                                                                              \
	{                                                                                          \
		.dir_fd = -1, .lock_fd = -1                                                        \
	}

/*
 * Waits until others who put files into the folder have ended: 0, -ETIMEDOUT, -EINTR after SIGTERM,
 * or another -errno. Nobody else's process can keep us waiting, also not one that may read the
 * folder. What `ret` holds is ended by place_turn_end(), or by the end of the process.
 */
int place_turn_wait(int dir_fd, struct deadline deadline, struct place_turn *ret) must_check;

void place_turn_end(struct place_turn *turn);

/*
 * Reads NAME in the folder `dir_fd` if it is a regular file and no link to one, with its owner
 * and mode: 0, -ENOENT when there is none, or another -errno.
 */
int place_read(int dir_fd, const char *name, struct text *ret_content,
	       struct stat *ret_status) must_check;

/*
 * Puts the content under the name: written beside it, on disk before it has the name. On failure
 * what was there still is. One at a time in a folder: it is the caller's turn.
 */
int place_file(int dir_fd, const char *name, const struct text *content, mode_t mode) must_check;
