/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which keys a configuration can have: those of each plugin, those of the protocol, and those that
 * runtimes and installers are known to write beside them. A key that is none of these is accepted
 * by every plugin, and most likely misspelt. Pure.
 */
#pragma once

#include <cjson/cJSON.h>

#include "base/cleanup.h"
#include "types/key_table.h"

enum { KEYS_REPORT_MAX = 8 }; /* unknown keys that one call reports */

/* `path` is where it stands, such as "ipam.ranges[0][1].subnett". */
typedef void keys_unknown_fn(const char *path, const char *meant_or_null, void *data);

/*
 * Reports the keys of `conf`, the configuration of one plugin, that neither the plugin `type` knows
 * nor anybody else is known to write. Of the object `ipam` an IPAM plugin knows the keys, so it is
 * looked at with that one's type. A type that is not one of ours has no unknown keys.
 */
void keys_find_unknown(const cJSON *conf, const char *type, keys_unknown_fn *report, void *data);

/* The same, said on stderr: `brige: no such key, did you mean bridge?`. */
void keys_warn(const cJSON *conf, const char *type);
