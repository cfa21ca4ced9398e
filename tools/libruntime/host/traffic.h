/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the links of a namespace have received and sent. Read only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"

/* Counted since the link was made. */
struct traffic_counts {
	uint64_t rx_bytes, tx_bytes, rx_packets, tx_packets, dropped;
};

struct link_traffic {
	int link; /* its index */
	struct traffic_counts counts;
};

struct traffic {
	struct link_traffic *items; /* in the order of their indexes */
	size_t count;
};

#define cleanup_traffic cleanup_with(traffic_release)

int traffic_read(struct netlink *route, struct traffic *ret) must_check;
const struct traffic_counts *traffic_find(const struct traffic *traffic, int link);
void traffic_release(struct traffic *traffic);
