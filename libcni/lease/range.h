/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One range of addresses: its defaults, what it refuses, what lies in it. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "lease/spans.h"
#include "types/addr.h"

struct range {
	struct prefix subnet;
	struct addr first, last; /* inclusive; AF_UNSPEC until settled: the first and last usable */
	struct addr gateway;	 /* AF_UNSPEC until settled: subnet + 1 */
	bool is_mapped;		 /* the subnet was written as IPv4-mapped IPv6 */
	struct prefix *exclude;	 /* never handed out; owned */
	size_t exclude_count;
};

/* Checks the range and fills in what was not given. Code 7 with the reference's words. */
int range_settle(struct range *range, struct cni_error *err) must_check;

/* Adds what a settled range never hands out: what it excludes, and its gateway. */
void range_forbid(const struct range *range, struct spans *never);

/* "10.1.2.1-10.1.2.254" */
void range_print(const struct range *range, struct text *out);

void range_release(struct range *range);
