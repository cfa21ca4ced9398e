/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of a port in the database, and whose they are. What is ours carries, in external_ids of
 * Port:
 *
 *	cni-owner	network/container/interface
 *	cni-network	the network
 *	owner, contNetns, contIface, contPodUid		as ovs-cni writes them, so that its tools
 *and its DEL find the port
 *
 * A row goes by its UUID, taken off every bridge that has it; the database collects what no bridge
 * has.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "net/link.h"
#include "ovs_conf.h"
#include "types/owner.h"
#include "vswitch.h"

#define PORT_OWNER "cni-owner"
#define PORT_NETWORK "cni-network"
#define PORT_GATEWAY "cni-gateway"
#define OVS_CNI_OWNER "ovs-cni.network.kubevirt.io"

struct port_spec {
	const struct cni_call *call;
	const struct ovs_conf *conf;
	const struct owner *owner;
	const char *name; /* of the host's end */
	const uint8_t *container_mac;
};

/* An interface that the switch itself makes. */
struct internal_port {
	const char *name;
	int tag;		   /* its VLAN; -1: none */
	int mtu;		   /* bytes, 0: the switch's choice */
	const char *mac;	   /* NULL: the switch's choice */
	const char *gateway_owner; /* the network whose gateway it is; NULL: none */
};

/* Operations. The first makes a transaction fail at this place unless the table has no such name.
 */
void port_row_expect_none(struct json_writer *w, const char *table, const char *name);
void port_row_expect_bridge(struct json_writer *w, const char *bridge);
void port_row_insert_internal(struct json_writer *w, const struct internal_port *port);
void port_row_join(struct json_writer *w, const char *bridge); /* the inserted port */
void port_row_select_owner(struct json_writer *w, const char *owner);
/* Selects what the switch made of an interface, once it says so, or after the time. */
void port_row_await(struct json_writer *w, const char *name, int timeout_ms);

/* Takes the UUID of a selected row, or those of all from this one on. */
void port_rows_take_one(struct port_rows *rows, const cJSON *row);
void port_rows_take(struct port_rows *rows, const cJSON *row);

/*
 * Joins the host's end to the bridge and waits until the switch has it: one write, two answers. 1
 * when the switch has not seen its carrier yet.
 * Code 103 when a port of that name is another's, 100 with the switch's words when it cannot open
 * the link, 11 when it does not answer.
 */
int port_row_insert(struct ovsdb *db, const struct port_spec *spec,
		    struct cni_error *err) must_check;

/* Waits for the switch to see the link's carrier; -ETIMEDOUT. */
int port_row_await_up(struct ovsdb *db, const char *name, int timeout_ms,
		      struct cni_error *err) must_check;

/* Removes rows; *ret_number, which may be NULL, is the change to wait for (vswitch_await()). */
int port_rows_remove(struct ovsdb *db, const struct port_rows *rows, long *ret_number,
		     struct cni_error *err) must_check;

/* Both requests: finds the owner's rows and removes them. */
int port_row_remove_of(struct ovsdb *db, const char *owner, struct cni_error *err) must_check;

/* What the switch says of an interface in the reply of port_row_await(), at this place. */
int port_row_judge(const cJSON *reply, int place, const char *name, bool *ret_is_up,
		   unsigned asleep_code, int timeout_ms, struct cni_error *err) must_check;

/* A row that may have been inserted: removed unless kept. */
struct made_row {
	struct ovsdb *db; /* borrowed; NULL: there is nothing to undo */
	const struct owner *owner;
};

#define undo_row cleanup_with(row_undo)

void row_undo(struct made_row *made);

static inline void row_keep(struct made_row *made)
{
	made->db = NULL;
}
