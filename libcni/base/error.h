/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error object of the CNI specification: filled once, by the place that knows what the user
 * asked for, and carried upwards as the last parameter. Functions that can fail return 0 (or a
 * useful count or descriptor) when well and -errno when not.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#include "base/cleanup.h"

/* Codes below 100 are the specification's; those from 100 are ours (README, "Error codes"). */
enum cni_code {
	CNI_ERR_VERSION = 1,	    /* incompatible CNI version */
	CNI_ERR_ENVIRONMENT = 4,    /* a CNI_* variable is missing or wrong */
	CNI_ERR_IO = 5,		    /* stdin or stdout */
	CNI_ERR_DECODE = 6,	    /* stdin is no usable JSON */
	CNI_ERR_CONFIG = 7,	    /* the network configuration is wrong */
	CNI_ERR_NETNS = 8,	    /* the container's network namespace is the plugin's own */
	CNI_ERR_TRY_LATER = 11,	    /* a retry can help */
	CNI_ERR_NOT_AVAILABLE = 50, /* STATUS: an ADD would fail */
	CNI_ERR_LIMITED = 51,	 /* STATUS: an ADD would fail and running containers may suffer */
	CNI_ERR_LINK = 100,	 /* the kernel refused a link, address or route */
	CNI_ERR_FIREWALL = 101,	 /* the kernel refused an nftables change */
	CNI_ERR_SYSCTL = 102,	 /* a setting under /proc/sys could not be read or written */
	CNI_ERR_CONFLICT = 103,	 /* something with that name or address belongs to another */
	CNI_ERR_CHECK = 104,	 /* CHECK: the kernel's state is not what ADD made */
	CNI_ERR_STORE = 105,	 /* the lease directory cannot be used */
	CNI_ERR_EXHAUSTED = 106, /* no address is free */
	CNI_ERR_INTERNAL = 999,	 /* the reference's code for everything else */
};

struct cni_error {
	unsigned code; /* 0 is a code too: what a delegate's synthesised error carries */
	char *msg;     /* what failed, with name, value and the kernel's reason; NULL: no error */
	char *details; /* what to do about it, or NULL */
};

#define cleanup_error cleanup_with(cni_error_release)

/*
 * Fills `err` and returns -errnum (or -EINVAL when errnum is 0). A non-zero errnum adds ": " and
 * the system's text for it. A filled error stays as it is; `err` may be NULL.
 */
int cni_fail(struct cni_error *err, unsigned code, int errnum, const char *format, ...)
	printf_like(4, 5);
int cni_vfail(struct cni_error *err, unsigned code, int errnum, const char *format, va_list args)
	printf_like(4, 0);

/*
 * "no such file or directory": the system's text, in lower case as runtimes search for it; the
 * caller frees it.
 */
char *error_text(int errnum) must_check;

/* Puts "text: " in front of the message of a filled error. */
void cni_error_prefix(struct cni_error *err, const char *format, ...) printf_like(2, 3);

/* Adds a sentence to the details: the kernel's own words, or what the reader can do. */
void cni_error_details(struct cni_error *err, const char *format, ...) printf_like(2, 3);

/*
 * For work that goes on after a failure: keeps the first error and names the others in its details.
 * Empties `more`. Returns the first negative one of `so_far` (the outcome until now, its error in
 * `err`) and `result` (its error in `more`), else 0.
 */
int cni_error_collect(struct cni_error *err, struct cni_error *more, int so_far, int result);

/*
 * For work that must not fail: says on stderr what was wrong and is left out, and empties the
 * error. Does nothing when it was not filled or is NULL.
 */
void cni_error_ignore(struct cni_error *err);

/* True when the error was filled. */
static inline bool cni_error_is_set(const struct cni_error *err)
{
	return err->msg;
}

void cni_error_release(struct cni_error *err);
