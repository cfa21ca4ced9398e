/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files as a process of a container sees them. */
#pragma once

#include "base/cleanup.h"

enum { INHABITANT_FILE_SIZE = 64 << 10 };

/*
 * Reads the beginning of a plain file, `path` from the root of the process, with a zero behind it.
 * -ETIMEDOUT: its file system does not answer. An error as well where the process has the root that
 * we have.
 */
int inhabitant_read(long process, const char *path, char ret[INHABITANT_FILE_SIZE]) must_check;
