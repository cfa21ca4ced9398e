/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CNI_ARGS: KEY=VALUE;KEY=VALUE, with the grammar and messages of cni-protocol §7.1. Pure. */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/*
 * A key the plugin knows. `value` starts NULL and is the caller's to free; it stays NULL when
 * absent.
 */
struct args_key {
	const char *key;
	char *value;
};

#define cleanup_args_key cleanup_with(args_key_release)

void args_key_release(struct args_key *key);

/*
 * Reads `text` (NULL and "" are fine) into the known keys. IgnoreUnknown is always known and
 * decides, wherever it stands, whether other keys are refused. Keys are case sensitive, the last
 * duplicate wins. Code 999.
 */
int args_parse(const char *text, struct args_key *keys, size_t count,
	       struct cni_error *err) must_check;

/* The error of a value that does not fit: ARGS: error parsing value of pair "KEY=VALUE": why. */
int args_fail(struct cni_error *err, const struct args_key *key, const char *why);
