/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a port is put into the database and taken out of it. */
#include "port_row.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "ovsdb/operation.h"

enum { EXPECT_BRIDGE, EXPECT_NAME }; /* the operations an insertion begins with */

/* ---- operations */

void port_row_expect_none(struct json_writer *w, const char *table, const char *name)
{
	operation_open(w, "wait", table);
	operation_where_text(w, "name", name);
	operation_columns(w, "name");
	operation_rows_open(w, "==", 0);
	operation_rows_close(w);
	operation_close(w);
}

/* A mutation of a bridge that is not there would do nothing, and succeed. */
void port_row_expect_bridge(struct json_writer *w, const char *bridge)
{
	operation_open(w, "wait", "Bridge");
	operation_where_text(w, "name", bridge);
	operation_columns(w, "name");
	operation_rows_open(w, "==", 0);
	json_open(w, NULL, '{');
	json_string(w, "name", bridge);
	json_close(w, '}');
	operation_rows_close(w);
	operation_close(w);
}

void port_row_select_owner(struct json_writer *w, const char *owner)
{
	const struct ovsdb_pair pair = { PORT_OWNER, owner };

	operation_open(w, "select", "Port");
	operation_where_map(w, "external_ids", &pair, 1);
	operation_columns(w, "_uuid");
	operation_close(w);
}

void port_row_join(struct json_writer *w, const char *bridge)
{
	operation_open(w, "mutate", "Bridge");
	operation_where_text(w, "name", bridge);
	operation_insert_named(w, "ports", "p");
	operation_close(w);
}

static void open_insert(struct json_writer *w, const char *table, const char *uuid_name,
			const char *name)
{
	operation_open(w, "insert", table);
	json_string(w, "uuid-name", uuid_name);
	json_open(w, "row", '{');
	json_string(w, "name", name);
}

static void close_insert(struct json_writer *w)
{
	json_close(w, '}');
	operation_close(w);
}

void port_row_insert_internal(struct json_writer *w, const struct internal_port *port)
{
	const struct ovsdb_pair ids[] = { { PORT_GATEWAY, port->gateway_owner } };

	open_insert(w, "Interface", "i", port->name);
	json_string(w, "type", "internal");
	if (port->mac)
		json_string(w, "mac", port->mac);
	if (port->mtu)
		json_integer(w, "mtu_request", port->mtu);
	close_insert(w);
	open_insert(w, "Port", "p", port->name);
	value_named_uuid(w, "interfaces", "i");
	if (port->tag >= 0)
		json_integer(w, "tag", port->tag);
	value_map(w, "external_ids", ids, array_size(ids));
	close_insert(w);
}

static void insert_interface(struct json_writer *w, const struct port_spec *spec)
{
	const char *ovn_port = spec->conf->ovn_port;
	char mac[MAC_TEXT];
	const struct ovsdb_pair ids[] = {
		{ "iface-id", ovn_port },
		{ "attached-mac", ovn_port ? mac_print(spec->container_mac, mac) : NULL },
	};

	open_insert(w, "Interface", "i", spec->name);
	if (*spec->conf->interface_type)
		json_string(w, "type", spec->conf->interface_type);
	if (spec->conf->ofport_request)
		json_integer(w, "ofport_request", spec->conf->ofport_request);
	value_map(w, "external_ids", ids, array_size(ids));
	close_insert(w);
}

static void insert_port(struct json_writer *w, const struct port_spec *spec)
{
	const struct ovs_conf *conf = spec->conf;
	const struct ovsdb_pair ids[] = {
		{ PORT_OWNER, spec->owner->text },   { PORT_NETWORK, spec->call->conf.name },
		{ "owner", OVS_CNI_OWNER },	     { "contNetns", spec->call->netns },
		{ "contIface", spec->call->ifname }, { "contPodUid", conf->pod_uid },
	};

	open_insert(w, "Port", "p", spec->name);
	value_named_uuid(w, "interfaces", "i");
	json_string(w, "vlan_mode", ovs_conf_vlan_mode(conf));
	if (ovs_conf_is_access(conf))
		json_integer(w, "tag", conf->vlan);
	else if (conf->trunk.count)
		value_integers(w, "trunks", conf->trunk.ids, conf->trunk.count);
	if (conf->isolated)
		json_bool(w, "protected", true);
	value_map(w, "external_ids", ids, array_size(ids));
	close_insert(w);
}

void port_row_await(struct json_writer *w, const char *name, int timeout_ms)
{
	operation_open(w, "wait", "Interface");
	operation_where_text(w, "name", name);
	operation_columns(w, "ofport");
	operation_rows_open(w, "!=", timeout_ms);
	json_open(w, NULL, '{');
	value_empty(w, "ofport");
	json_close(w, '}');
	operation_rows_close(w);
	operation_close(w);
	operation_open(w, "select", "Interface");
	operation_where_text(w, "name", name);
	operation_columns(w, "ofport error link_state");
	operation_close(w);
}

/* ---- ADD */

static int judge_insertion(struct ovsdb *db, const cJSON *reply, const struct port_spec *spec,
			   struct cni_error *err)
{
	const char *error, *details;
	int failed = reply_find_failure(reply, &error, &details);

	if (failed < 0)
		return 0;
	if (failed == EXPECT_BRIDGE)
		return vswitch_fail_no_bridge(db, spec->conf->bridge, CNI_ERR_TRY_LATER, err);
	if (failed != EXPECT_NAME)
		return vswitch_fail(err, CNI_ERR_LINK, error, details);
	(void)cni_fail(err, CNI_ERR_CONFLICT, EEXIST, "the switch has a port %s of another",
		       spec->name);
	cni_error_details(err, "if nobody needs it, run: ovs-vsctl del-port %s", spec->name);
	return -EEXIST;
}

int port_row_judge(const cJSON *reply, int place, const char *name, bool *ret_is_up,
		   unsigned asleep_code, int timeout_ms, struct cni_error *err)
{
	const cJSON *row = reply_rows(reply, place);
	const char *error = row_text(row, "error");
	long ofport;

	*ret_is_up = text_equal(row_text(row, "link_state"), "up");
	if (!row) {
		const char *why, *details;

		if (reply_find_failure(reply, &why, &details) >= 0)
			return vswitch_fail_asleep(err, asleep_code, timeout_ms);
		return cni_fail(err, CNI_ERR_TRY_LATER, 0,
				"somebody took the port %s away from the switch", name);
	}
	if (row_integer(row, "ofport", &ofport) && ofport > 0 && !*error)
		return 0;
	(void)cni_fail(err, CNI_ERR_LINK, 0, "the switch cannot use %s", name);
	if (*error)
		cni_error_details(err, "it says: %s", error);
	return -EIO;
}

int port_row_insert(struct ovsdb *db, const struct port_spec *spec, struct cni_error *err)
{
	const int patience = ovs_conf_patience(spec->conf);
	const struct deadline deadline = deadline_in(patience + VSWITCH_ANSWER_MS);
	cleanup_json cJSON *inserted = NULL, *taken = NULL;
	unsigned insertion, waiting;
	struct json_writer *w = ovsdb_begin(db, &insertion);
	bool is_up;
	int r;

	port_row_expect_bridge(w, spec->conf->bridge);
	port_row_expect_none(w, "Port", spec->name);
	insert_interface(w, spec);
	insert_port(w, spec);
	port_row_join(w, spec->conf->bridge);
	operation_next_cfg(w);
	ovsdb_end(db);
	port_row_await(ovsdb_begin(db, &waiting), spec->name, patience);
	ovsdb_end(db);
	r = ovsdb_send(db, deadline, err);
	if (r == 0)
		r = ovsdb_await(db, insertion, deadline, &inserted, err);
	if (r == 0)
		r = judge_insertion(db, inserted, spec, err);
	if (r == 0)
		r = ovsdb_await(db, waiting, deadline, &taken, err);
	if (r == 0)
		r = port_row_judge(taken, 1, spec->name, &is_up, CNI_ERR_TRY_LATER, patience, err);
	return r < 0 || is_up ? r : 1;
}

int port_row_await_up(struct ovsdb *db, const char *name, int timeout_ms, struct cni_error *err)
{
	const struct deadline deadline = deadline_in(timeout_ms + VSWITCH_ANSWER_MS);
	cleanup_json cJSON *reply = NULL;
	const char *error, *details;
	unsigned id;
	struct json_writer *w = ovsdb_begin(db, &id);
	int r;

	operation_open(w, "wait", "Interface");
	operation_where_text(w, "name", name);
	operation_columns(w, "link_state");
	operation_rows_open(w, "==", timeout_ms);
	json_open(w, NULL, '{');
	json_string(w, "link_state", "up");
	json_close(w, '}');
	operation_rows_close(w);
	operation_close(w);
	r = ovsdb_call(db, id, deadline, &reply, err);
	if (r < 0 || reply_find_failure(reply, &error, &details) < 0)
		return r;
	(void)cni_fail(err, CNI_ERR_TRY_LATER, 0, "The OF port %s state is not up", name);
	cni_error_details(err, "the switch did not see its carrier within %d ms", timeout_ms);
	return -ETIMEDOUT;
}

/* ---- removing */

void port_rows_take_one(struct port_rows *rows, const cJSON *row)
{
	const char *uuid = row_uuid(row, "_uuid");

	if (!*uuid)
		return;
	rows->uuids = xgrow(rows->uuids, rows->count, sizeof(*rows->uuids));
	memcpy(rows->uuids[rows->count++], uuid, UUID_TEXT);
}

void port_rows_take(struct port_rows *rows, const cJSON *row)
{
	for (; row; row = row->next)
		port_rows_take_one(rows, row);
}

int port_rows_remove(struct ovsdb *db, const struct port_rows *rows, long *ret_number,
		     struct cni_error *err)
{
	enum { NUMBER = 2 }; /* the operation that selects it */
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	cleanup_free const char **uuids = xcalloc(rows->count + 1, sizeof(*uuids));
	cleanup_json cJSON *reply = NULL;
	const char *error, *details;
	struct json_writer *w;
	unsigned id;
	int r;

	if (!rows->count)
		return 0;
	for (size_t i = 0; i < rows->count; i++)
		uuids[i] = rows->uuids[i];
	w = ovsdb_begin(db, &id);
	operation_open(w, "mutate", "Bridge");
	operation_where_any(w);
	operation_remove_uuids(w, "ports", uuids, rows->count);
	operation_close(w);
	operation_next_cfg(w);
	r = ovsdb_call(db, id, deadline, &reply, err);
	if (r < 0)
		return r;
	if (reply_find_failure(reply, &error, &details) >= 0)
		return vswitch_fail(err, db->code, error, details);
	if (ret_number)
		*ret_number = vswitch_number(reply, NUMBER);
	return 0;
}

int port_row_remove_of(struct ovsdb *db, const char *owner, struct cni_error *err)
{
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	cleanup_port_rows struct port_rows rows = { 0 };
	cleanup_json cJSON *reply = NULL;
	unsigned id;
	int r;

	port_row_select_owner(ovsdb_begin(db, &id), owner);
	r = ovsdb_call(db, id, deadline, &reply, err);
	if (r < 0)
		return r;
	port_rows_take(&rows, reply_rows(reply, 0));
	return port_rows_remove(db, &rows, NULL, err);
}

/* The connection may be what failed, with an answer that is still on its way: a new one asks. */
void row_undo(struct made_row *made)
{
	cleanup_ovsdb struct ovsdb db = OVSDB_CLOSED;
	cleanup_error struct cni_error err = { 0 };

	if (!made->db)
		return;
	ovsdb_close(made->db);
	if (ovsdb_connect(&db, made->db->path, deadline_in(VSWITCH_ANSWER_MS), &err) < 0 ||
	    port_row_remove_of(&db, made->owner->text, &err) < 0)
		cni_error_ignore(&err);
	made->db = NULL;
}
