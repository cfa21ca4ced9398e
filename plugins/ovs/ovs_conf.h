/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of ovs: its own keys, those of ovs-cni's configuration file, and CNI_ARGS. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "plugin/mac_wish.h"
#include "plugin/plugin.h"
#include "types/json.h"
#include "types/trunk.h"

struct ovs_conf {
	const char *bridge;
	int vlan; /* -1: none; 0 is one */
	const cJSON *trunk_list;
	struct trunk trunk; /* its ids */
	int mtu;	    /* bytes, 0: the kernel's default */
	int ofport_request;
	const char *interface_type, *device_id;
	const char *socket_file; /* of the path alone, once it was read */
	const char *configuration_path;
	int check_retries, check_interval_ms;
	bool create_bridge;
	const char *datapath_type, *fail_mode;
	bool is_gateway, is_default_gateway, force_address, ip_masq;
	const char *ip_masq_backend; /* NULL: not given */
	bool isolated, macspoofchk, ipspoofchk;
	const char *mac_text;
	struct mac_wish mac;
	bool enable_dad, accept_ra;

	char *ovn_port, *pod_uid; /* owned; NULL: none */
	cJSON *file, *merged;	  /* owned: what the texts above are borrowed from */
};

#define cleanup_ovs_conf cleanup_with(ovs_conf_release)

/* All keys and CNI_ARGS; refuses what cannot be meant. */
int ovs_conf_read(const struct cni_call *call, struct ovs_conf *ret,
		  struct cni_error *err) must_check;

/* What only ADD refuses. */
int ovs_conf_check_add(const struct cni_call *call, const struct ovs_conf *conf,
		       struct cni_error *err) must_check;

/* For DEL and GC: where the database is, which refuses nothing. */
void ovs_conf_read_socket(const struct cni_call *call, struct ovs_conf *ret);

/* How long ADD waits for the switch, in milliseconds. */
int ovs_conf_patience(const struct ovs_conf *conf);

/* True when a check must see all that comes from the port. */
static inline bool ovs_conf_is_checked(const struct ovs_conf *conf)
{
	return conf->macspoofchk || conf->ipspoofchk;
}

/* An access port has one VLAN; all others are trunks, for the VLANs that are listed or for all. */
static inline bool ovs_conf_is_access(const struct ovs_conf *conf)
{
	return conf->vlan >= 0 && !conf->trunk.count;
}

static inline const char *ovs_conf_vlan_mode(const struct ovs_conf *conf)
{
	return ovs_conf_is_access(conf) ? "access" : "trunk";
}

void ovs_conf_release(struct ovs_conf *conf);
