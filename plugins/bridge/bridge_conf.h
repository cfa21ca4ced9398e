/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of bridge, and which exclude which. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/link.h"
#include "plugin/plugin.h"
#include "types/json.h"
#include "types/trunk.h"

struct bridge_conf {
	const char *bridge;
	bool is_gateway, is_default_gateway, force_address;
	bool ip_masq;
	const char *ip_masq_backend; /* NULL: not given */
	int mtu;		     /* bytes, 0: the kernel's default */
	bool hairpin, promisc, isolated;
	int vlan;		 /* 0: none */
	const cJSON *vlan_trunk; /* NULL: not given */
	struct trunk trunk;	 /* its ids */
	bool preserve_default_vlan;
	bool macspoofchk, ipspoofchk;
	bool enable_dad;
	bool accept_ra;
	bool alt_name; /* the host's end is named after the pod, besides */
	bool disable_container_interface;
	bool has_mac;
	uint8_t mac[MAC_SIZE]; /* what the container end shall have */
};

#define cleanup_conf cleanup_with(bridge_conf_release)

/* Reads the keys and CNI_ARGS; refuses what cannot be meant. */
int bridge_conf_read(const struct cni_call *call, struct bridge_conf *ret,
		     struct cni_error *err) must_check;

/*
 * What only ADD refuses: keys that exclude each other, and results that the asked version cannot
 * express.
 */
int bridge_conf_check_add(const struct cni_call *call, const struct bridge_conf *conf,
			  struct cni_error *err) must_check;

/* CNI_ARGS alone: all that DEL looks at. */
int bridge_conf_check_args(const struct cni_call *call, struct cni_error *err) must_check;

/* True when the attachment has rules of nftables. */
static inline bool bridge_conf_has_rules(const struct bridge_conf *conf)
{
	return conf->ip_masq || conf->macspoofchk || conf->ipspoofchk;
}

/* True when a spoof check must see all that comes from the port. */
static inline bool bridge_conf_is_checked(const struct bridge_conf *conf)
{
	return conf->macspoofchk || conf->ipspoofchk;
}

/* True when the bridge must filter VLANs. */
static inline bool bridge_conf_has_vlans(const struct bridge_conf *conf)
{
	return conf->vlan || conf->vlan_trunk;
}

void bridge_conf_release(struct bridge_conf *conf);
