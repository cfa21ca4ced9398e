/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A token bucket (tc-tbf(8)) as the root qdisc of a link: what leaves by the link leaves at a rate.
 * libnl-route keeps rate, burst and limit in ints, so it knows no rate from 17 Gbit/s on.
 */
#pragma once

#include <stdbool.h>

#include "net/netlink.h"

/* As the kernel keeps it, and the reference computes it. */
struct tbf {
	uint64_t rate;	  /* bytes in a second */
	uint32_t buffer;  /* how long the burst takes at that rate, in 64 ns */
	uint32_t limit;	  /* bytes that may wait: those of 25 ms and the burst */
	bool wraps;	  /* the buffer is more than 32 bits, and cut to their highest value */
	uint32_t wrapped; /* their lower 32, which is what the reference sets */
};

/* `rate` is above 0; bytes in a second, bytes. */
struct tbf tbf_of(uint64_t rate, uint32_t burst);

/* Puts it in the place of whatever the root qdisc of the link is. */
int tbf_put(struct netlink *nl, int link, const struct tbf *tbf) must_check;

/* That of the link: 1, 0 when its root qdisc is another or the kernel's own, -errno. */
int tbf_get(struct netlink *nl, int link, struct tbf *ret) must_check;

/* The kernel's own qdisc takes its place. 0 also when there is none. */
int tbf_delete(struct netlink *nl, int link) must_check;

/* What was read is what was to be put, or what the reference makes of it. */
bool tbf_is(const struct tbf *read, const struct tbf *wanted);
