/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin's side of the daemon's socket. */
#pragma once

#include "base/text.h"
#include "plugin/plugin.h"
#include "types/json.h"

/*
 * Sends one line and waits for the answer, for `seconds` (0: as long as it takes, or until
 * SIGTERM). Errors: the daemon's own, or -ECONNREFUSED and -ENOENT where none is, with the
 * reference's words. *ret is an object.
 */
int ask_daemon(const char *socket_path, const struct text *line, int seconds, cJSON **ret,
	       struct cni_error *err) must_check;
