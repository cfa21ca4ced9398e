/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lease that no daemon looks after at present. */
#pragma once

#include "base/error.h"

/*
 * DEL where no daemon is: gives the lease on file back to its server, and removes the file. 0 also
 * when there is none, or, where `token` is not NULL, when another ADD than its own asked for it
 * last; -EWOULDBLOCK when a daemon has the folder after all.
 */
int orphan_release(const char *socket_path, const char *owner, const char *token,
		   struct cni_error *err) must_check;
