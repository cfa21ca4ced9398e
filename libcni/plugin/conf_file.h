/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of keys that ovs-cni reads beside a network's configuration. */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "types/json.h"

/*
 * The configuration with what ovs-cni's file says of those of the `count` keys that it leaves out
 * or empty; *ret_file owns a part of it. Nobody needs a file.
 */
int conf_file_merge(const cJSON *conf, const char *path, const char *const *keys, size_t count,
		    cJSON **ret_merged, cJSON **ret_file, struct cni_error *err) must_check;
