/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CHECK: compares the previous result with what the kernel has. Reads only. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "net/attach.h"
#include "net/link.h"
#include "plugin/plugin.h"
#include "types/result.h"

/* The previous result, which CHECK cannot do without; code 999 `Required prevResult missing`. */
int check_prev_result(const struct cni_call *call, struct result *ret,
		      struct cni_error *err) must_check;

/* What ADD left on a container's interface. */
struct check_spec {
	const char *kind; /* "veth" */
	bool stays_down;  /* L2 with disableContainerInterface */
};

/*
 * The interface exists, is of that kind, has the MAC of the result and is up; the addresses and
 * routes of the result are there. Code 104 names the first thing that is wrong and what to do.
 * *ret_link describes the interface.
 */
int check_container(struct attach *at, const struct cni_call *call, const struct check_spec *spec,
		    const struct result *prev, struct link *ret_link,
		    struct cni_error *err) must_check;

/* lo is up in the container: ADD brought it up. */
int check_loopback(struct attach *at, struct cni_error *err) must_check;

/* The host forwards packets of this family. */
int check_forwarding(int family, struct cni_error *err) must_check;

/* Every message of CHECK that means "it is not as ADD left it" ends with the same advice. */
int check_fail(struct cni_error *err, const char *format, ...) printf_like(2, 3);
