/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which version of the protocol a list is run with. Pure. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "types/json.h"

/*
 * The highest of `cniVersions` and `cniVersion` that we speak, or `cniVersion` as written where
 * there is none of them; "" when absent. For the caller to free.
 */
int list_choose_version(const cJSON *list, char **ret, struct cni_error *err) must_check;
