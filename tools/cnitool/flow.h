/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the attachments receive and send, between two looks. */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "host/traffic.h"

/* One attachment, from the container's side. */
struct flow {
	char *key; /* network/container/interface */
	char *name, *network, *ifname, *addresses;
	struct traffic_counts counts;
	uint64_t rx_rate, tx_rate; /* bytes in a second */
};

struct flows {
	struct flow *items;
	size_t count;
	int64_t at_ms; /* when it was */
};

#define cleanup_flows cleanup_with(flows_release)

/* Those of one network, or of all (NULL). Rates need an earlier look. */
int flows_read(const char *cache_folder, const char *network_or_null,
	       const struct flows *earlier_or_null, struct flows *ret,
	       struct cni_error *err) must_check;
void flows_release(struct flows *flows);
