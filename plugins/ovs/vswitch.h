/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The switch as its database tells of it: bridges, and how far ovs-vswitchd has got. A change is
 * noted in next_cfg; ovs-vswitchd writes the number of the last one that it has carried out into
 * cur_cfg.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/link.h"
#include "ovs_conf.h"
#include "ovsdb/ovsdb.h"
#include "ovsdb/reply.h"

/* How long the database itself may take for an answer: it has the few rows in memory. */
enum { VSWITCH_ANSWER_MS = 5000 };

/* The owner's rows in the table Port, by their UUIDs. */
struct port_rows {
	char (*uuids)[UUID_TEXT];
	size_t count;
};

#define cleanup_port_rows cleanup_with(port_rows_release)

void port_rows_release(struct port_rows *rows);

/* What one look finds. */
struct vswitch_look {
	bool has_bridge, is_userspace; /* its datapath is "netdev" */
	struct port_rows own;	       /* of the owner that was asked for */
	bool has_gateway;	       /* a port of the gateway's name */
	long gateway_tag;	       /* its VLAN, -1: none */
	long pending;		       /* the last change, while it is not carried out; else 0 */
};

/*
 * Asks for the bridge, the owner's ports and, unless it is "", the port that carries the gateway,
 * in one request.
 */
int vswitch_look(struct ovsdb *db, const char *bridge, const char *owner, const char *gateway,
		 struct vswitch_look *ret, struct cni_error *err) must_check;

/* "there is no bridge of that name", with those that are; `code` of the error. */
int vswitch_fail_no_bridge(struct ovsdb *db, const char *bridge, unsigned code,
			   struct cni_error *err);

/* Makes the bridge, or finds that somebody else just did. */
int vswitch_create_bridge(struct ovsdb *db, const struct ovs_conf *conf, const char *network,
			  struct cni_error *err) must_check;

/* Waits until ovs-vswitchd has carried out change `number`: -ETIMEDOUT when it does not. */
int vswitch_await(struct ovsdb *db, long number, int timeout_ms, struct cni_error *err) must_check;

/* next_cfg as a reply tells it at this place; 0: not at all. */
long vswitch_number(const cJSON *reply, int place);

/* The error of ovs-vswitchd not doing what is asked in time; -ETIMEDOUT. */
int vswitch_fail_asleep(struct cni_error *err, unsigned code, int timeout_ms);

/* Whatever an operation answers that is not expected; -EPROTO. */
int vswitch_fail(struct cni_error *err, unsigned code, const char *error, const char *details);
