/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic through what the plugins have made. */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"

enum { DATAPATH_PORT = 7777 };

/* Starts a process in the namespace that takes connections and all they bring; it ends with us. */
int datapath_listen(const char *netns) must_check;

/*
 * From the namespace to the IPv4 address, for some time: connections a second, one after the other.
 */
int datapath_connect(const char *netns, const char *address, int ms, double *ret) must_check;

/* The same: megabytes a second over one connection. */
int datapath_stream(const char *netns, const char *address, int ms, double *ret) must_check;
