/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of ptp. Pure. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "plugin/plugin.h"

struct ptp_conf {
	bool ip_masq;
	const char *ip_masq_backend; /* NULL: not given */
	int mtu;		     /* bytes, 0: the kernel's default */
	bool accept_ra;
	bool alt_name; /* the host's end is named after the pod, besides */
};

int ptp_conf_read(const struct cni_call *call, struct ptp_conf *ret,
		  struct cni_error *err) must_check;
