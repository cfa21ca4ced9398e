/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SELinux label of this thread, for making something that gets the label of its maker. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

/* Whether the kernel has SELinux. */
bool label_is_known(void);

/* Another label for a while; the old one comes back by itself. */
struct label {
	char *old; /* NULL: nothing to restore */
};

#define cleanup_label cleanup_with(label_restore)

/*
 * -EINVAL when the policy does not know the label, -EACCES when it does not let this program have
 * it: that takes setcurrent and dyntransition.
 */
int label_take(struct label *label, const char *wanted) must_check;

/* Ends the process when the kernel refuses: what it made next would have the wrong label. */
void label_restore(struct label *label);
