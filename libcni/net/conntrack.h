/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections that the kernel tracks: finding some and forgetting them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"
#include "types/addr.h"

struct conntrack_tuple {
	struct addr source, destination;
	uint16_t source_port, destination_port; /* 0 where the protocol has none */
	uint8_t protocol;			/* IPPROTO_* */
};

/* As it was asked for, and what an answer looks like; they mirror each other unless translated. */
struct conntrack_flow {
	struct conntrack_tuple original, answer;
	bool is_dnat;
};

/* What the kernel selects by; what is zero does not matter. */
struct conntrack_filter {
	uint8_t family;
	uint8_t protocol;	   /* needs a family */
	uint16_t original_port;	   /* of the destination; needs a protocol */
	struct addr answer_source; /* of the family, alone: who answers, behind any translation */
};

/* How many connections the namespace of the caller tracks, LONG_MAX when that is not known. */
long conntrack_count(void);

/*
 * Deletes the connections that the filter selects and for which fn() is true, and nothing else.
 * `netfilter` is a socket of NETLINK_NETFILTER. Kernels before 5.8 do not filter, so fn() looks at
 * all fields that matter. -EINTR after SIGTERM: there may be as many as containers like to make.
 */
typedef bool conntrack_fn(const struct conntrack_flow *flow, void *data);
int conntrack_delete(struct netlink *netfilter, const struct conntrack_filter *filter,
		     conntrack_fn *fn, void *data) must_check;
