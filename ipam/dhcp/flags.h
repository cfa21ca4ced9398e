/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of the daemon, as the reference's has it. Pure. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct flags {
	const char *pid_file;	 /* "" or absolute */
	const char *host_prefix; /* in front of the socket's path and of those of namespaces */
	const char *socket_path;
	bool broadcast;
	/* Milliseconds: until a packet is sent again, between two at most, until ADD gives up. */
	int timeout, resend_max, resend_timeout;
};

#define SOCKET_PATH "/run/cni/dhcp.sock"

/* -x, --x, with = or a blank before the value. 0, or -EINVAL with what is wrong. */
int flags_parse(char *const *arguments, struct flags *ret, struct cni_error *err) must_check;

/* "1m30s", "500ms", "2s", as Go writes durations: milliseconds; -EINVAL. */
int flags_parse_duration(const char *text, int *ret) must_check;

extern const char flags_usage[];
