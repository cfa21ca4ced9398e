/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges as configurations write them. Pure. */
#pragma once

#include "lease/range.h"
#include "types/json.h"

/* Reads an object into an empty range; range_settle() is next. `where` is the path in messages. */
int range_parse(const cJSON *object, const char *where, struct range *range,
		struct cni_error *err) must_check;

/* Calls fn for the range whose keys stand in ipam itself, and for those of ipam.ranges. */
typedef void range_fn(const cJSON *range, void *data);
void range_each(const cJSON *ipam, range_fn *fn, void *data);
