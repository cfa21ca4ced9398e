/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of portmap: its keys, and the ports that the runtime asks for. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "conditions.h"
#include "types/addr.h"
#include "types/netconf.h"

/* A wish of the runtime. */
struct port_mapping {
	uint16_t host_port, container_port;
	uint8_t protocol; /* IPPROTO_TCP, … */
	struct addr host; /* AF_UNSPEC: all addresses; unspecified: all of its family */
};

struct portmap_conf {
	bool asks_for_iptables;
	bool snat, masq_all;
	int mark_bit;
	struct conditions conditions4, conditions6;
	struct port_mapping *mappings;
	size_t count;
};

#define cleanup_portmap_conf cleanup_with(portmap_conf_release)

int portmap_conf_read(const struct netconf *conf, struct portmap_conf *ret,
		      struct cni_error *err) must_check;
void portmap_conf_release(struct portmap_conf *conf);

/* "tcp", "udp", "sctp" */
const char *protocol_name(uint8_t protocol);
