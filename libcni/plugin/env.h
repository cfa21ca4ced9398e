/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CNI_* environment variables and which verb needs them (cni-protocol §1.2, §1.3). */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "plugin/plugin.h"

enum cni_verb {
	VERB_NONE, /* CNI_COMMAND is empty: a person is asking */
	VERB_UNKNOWN,
	VERB_ADD,
	VERB_DEL,
	VERB_CHECK,
	VERB_GC,
	VERB_STATUS,
	VERB_VERSION,
};

/*
 * Reads and validates the variables in the reference's order, so that a malformed value is reported
 * before a missing one. What is missing is reported in one error. The values go into `call`.
 */
int env_read(struct cni_call *call, enum cni_verb *ret_verb, struct cni_error *err) must_check;

/* The value of CNI_COMMAND as given. */
const char *env_command(void);
