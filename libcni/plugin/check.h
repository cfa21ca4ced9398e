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
	const char *kind; /* "veth"; NULL: any */
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

/*
 * The host's end of the container's interface: 1, 0 when there is none, -errno. It is looked for on
 * the host, among the names of the result, and its other end must be `container`, in CNI_NETNS:
 * what the container says of its own interface leads nowhere.
 */
int host_end_find(struct attach *at, const struct result *prev, const struct link *container,
		  struct link *ret, const struct result_interface **ret_expected) must_check;

/* The same for CHECK: code 104 when there is none. */
int check_host_end(struct attach *at, const struct result *prev, const struct link *container,
		   struct link *ret, const struct result_interface **ret_expected,
		   struct cni_error *err) must_check;

/* lo is up in the container: ADD brought it up. */
int check_loopback(struct attach *at, struct cni_error *err) must_check;

/* The host forwards packets of this family. */
int check_forwarding(int family, struct cni_error *err) must_check;

/* Every message of CHECK that means "it is not as ADD left it" ends with the same advice. */
int check_fail(struct cni_error *err, const char *format, ...) printf_like(2, 3);
