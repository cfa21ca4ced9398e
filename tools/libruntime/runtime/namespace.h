/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces with a name: a file below /run/netns, as `ip netns` makes them. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

#define NAMESPACE_FOLDER "/run/netns"

/* Makes an empty namespace with lo up and binds it to `path`; code 103 when there is something. */
int namespace_create(const char *path, struct cni_error *err) must_check;

/*
 * Kills what this process has started (command_run() with `adopts`) and is still in the namespace,
 * and removes its name; nothing happens when it is gone. Processes of others are left alone, and
 * one of them named on stderr: the namespace lives until they end.
 */
void namespace_remove(const char *path);
