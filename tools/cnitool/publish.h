/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Published ports as people write them. Pure. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "types/json.h"

/*
 * [ADDRESS:]HOSTPORT:PORT[/PROTOCOL], several separated by commas, as the value of the capability
 * portMappings; the caller deletes it. An IPv6 address stands in brackets.
 */
int publish_parse(const char *text, cJSON **ret, struct cni_error *err) must_check;
