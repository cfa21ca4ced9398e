/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's list of the sysctls that configurations may set: a file of regular expressions, one a
 * line, of which one must match somewhere in the key. Without the file all are allowed.
 */
#pragma once

#include "tuning_conf.h"

#define ALLOW_FILE "/etc/cni/tuning/allowlist.conf"

/* Code 7 `Sysctl net.ipv4.x is not allowed …`; a bad expression is an error as well. */
int allow_check(const struct tuning_conf *conf, struct cni_error *err) must_check;

/*
 * The expression of RE2, as the reference's lists are written, in POSIX's extended syntax; -EINVAL
 * for what POSIX cannot say: nothing may come to match more than it did.
 */
int allow_translate(const char *expression, struct text *ret) must_check;
