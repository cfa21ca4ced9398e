/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about bridges, and waiting for ovs-vswitchd. */
#include "vswitch.h"

#include <errno.h>

#include "base/alloc.h"
#include "ovsdb/operation.h"
#include "port_row.h"

enum { NAMES_TOLD = 10 };

void port_rows_release(struct port_rows *rows)
{
	free(rows->uuids);
	*rows = (struct port_rows){ 0 };
}

int vswitch_fail(struct cni_error *err, unsigned code, const char *error, const char *details)
{
	(void)cni_fail(err, code, 0, "the database of Open vSwitch refuses: %s", error);
	if (*details)
		cni_error_details(err, "it says: %s", details);
	return -EPROTO;
}

int vswitch_fail_asleep(struct cni_error *err, unsigned code, int timeout_ms)
{
	(void)cni_fail(err, code, 0, "ovs-vswitchd does not carry out changes within %d ms",
		       timeout_ms);
	cni_error_details(
		err,
		"is it running? see its log; where it is only slow, link_state_check_retries and _interval give it more time");
	return -ETIMEDOUT;
}

int vswitch_look(struct ovsdb *db, const char *bridge, const char *owner, const char *gateway,
		 struct vswitch_look *ret, struct cni_error *err)
{
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	struct vswitch_look look = { .gateway_tag = -1 };
	cleanup_json cJSON *reply = NULL;
	const char *error, *details;
	long done, wanted;
	unsigned id;
	struct json_writer *w = ovsdb_begin(db, &id);
	const cJSON *row;
	int r;

	operation_open(w, "select", "Bridge");
	operation_where_text(w, "name", bridge);
	operation_columns(w, "name datapath_type");
	operation_close(w);
	port_row_select_owner(w, owner);
	operation_open(w, "select", "Port");
	operation_where_text(w, "name", gateway);
	operation_columns(w, "name tag");
	operation_close(w);
	operation_open(w, "select", "Open_vSwitch");
	operation_where_any(w);
	operation_columns(w, "cur_cfg next_cfg");
	operation_close(w);
	r = ovsdb_call(db, id, deadline, &reply, err);
	if (r < 0)
		return r;
	if (reply_find_failure(reply, &error, &details) >= 0)
		return vswitch_fail(err, db->code, error, details);
	row = reply_rows(reply, 0);
	look.has_bridge = row;
	look.is_userspace = text_equal(row_text(row, "datapath_type"), "netdev");
	row = reply_rows(reply, 2);
	look.has_gateway = row;
	if (!row_integer(row, "tag", &look.gateway_tag))
		look.gateway_tag = -1;
	row = reply_rows(reply, 3);
	if (row_integer(row, "cur_cfg", &done) && row_integer(row, "next_cfg", &wanted) &&
	    done < wanted)
		look.pending = wanted;
	port_rows_take(&look.own, reply_rows(reply, 1));
	*ret = look;
	return 0;
}

int vswitch_fail_no_bridge(struct ovsdb *db, const char *bridge, unsigned code,
			   struct cni_error *err)
{
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	cleanup_text struct text names = { 0 };
	cleanup_json cJSON *reply = NULL;
	unsigned id;
	struct json_writer *w = ovsdb_begin(db, &id);
	int count = 0;

	operation_open(w, "select", "Bridge");
	operation_where_any(w);
	operation_columns(w, "name");
	operation_close(w);
	(void)cni_fail(err, code, 0, "failed to find bridge %s", bridge);
	if (ovsdb_call(db, id, deadline, &reply, NULL) < 0)
		return -ENODEV;
	for (const cJSON *row = reply_rows(reply, 0); row && count < NAMES_TOLD; row = row->next)
		text_addf(&names, "%s%s", count++ ? ", " : "", row_text(row, "name"));
	cni_error_details(
		err,
		"the database at %s has %s%s; make it with ovs-vsctl add-br, or set createBridge",
		db->path, count ? "these: " : "none", count ? names.s : "");
	return -ENODEV;
}

static void insert_bridge(struct json_writer *w, const struct ovs_conf *conf, const char *network)
{
	const struct ovsdb_pair ids[] = { { "cni-network", network } };

	operation_open(w, "insert", "Bridge");
	json_string(w, "uuid-name", "b");
	json_open(w, "row", '{');
	json_string(w, "name", conf->bridge);
	value_named_uuid(w, "ports", "p");
	if (*conf->datapath_type)
		json_string(w, "datapath_type", conf->datapath_type);
	if (*conf->fail_mode)
		json_string(w, "fail_mode", conf->fail_mode);
	value_map(w, "external_ids", ids, array_size(ids));
	json_close(w, '}');
	operation_close(w);
	operation_open(w, "mutate", "Open_vSwitch");
	operation_where_any(w);
	operation_insert_named(w, "bridges", "b");
	operation_close(w);
}

int vswitch_create_bridge(struct ovsdb *db, const struct ovs_conf *conf, const char *network,
			  struct cni_error *err)
{
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	cleanup_json cJSON *reply = NULL;
	const char *error, *details;
	unsigned id;
	struct json_writer *w = ovsdb_begin(db, &id);
	int failed, r;

	port_row_expect_none(w, "Bridge", conf->bridge);
	port_row_insert_internal(w, &(struct internal_port){ .name = conf->bridge, .tag = -1 });
	insert_bridge(w, conf, network);
	operation_next_cfg(w);
	r = ovsdb_call(db, id, deadline, &reply, err);
	if (r < 0)
		return r;
	failed = reply_find_failure(reply, &error, &details);
	if (failed > 0)
		return vswitch_fail(err, CNI_ERR_LINK, error, details);
	return 0; /* a failure of the first operation tells that somebody was faster */
}

long vswitch_number(const cJSON *reply, int place)
{
	long number;

	return row_integer(reply_rows(reply, place), "next_cfg", &number) ? number : 0;
}

/* Waits until cur_cfg is something else than `old`. */
static void wait_for_change(struct json_writer *w, long old, int timeout_ms)
{
	operation_open(w, "wait", "Open_vSwitch");
	operation_where_any(w);
	operation_columns(w, "cur_cfg");
	operation_rows_open(w, "!=", timeout_ms);
	json_open(w, NULL, '{');
	json_integer(w, "cur_cfg", old);
	json_close(w, '}');
	operation_rows_close(w);
	operation_close(w);
}

int vswitch_await(struct ovsdb *db, long number, int timeout_ms, struct cni_error *err)
{
	const struct deadline end = deadline_in(timeout_ms);
	long done = -1;

	for (;;) {
		const struct deadline deadline = deadline_in(timeout_ms + VSWITCH_ANSWER_MS);
		cleanup_json cJSON *reply = NULL;
		unsigned id;
		struct json_writer *w = ovsdb_begin(db, &id);
		int r;

		wait_for_change(w, done, deadline_left(end));
		operation_open(w, "select", "Open_vSwitch");
		operation_where_any(w);
		operation_columns(w, "cur_cfg");
		operation_close(w);
		r = ovsdb_call(db, id, deadline, &reply, err);
		if (r < 0)
			return r;
		if (!row_integer(reply_rows(reply, 1), "cur_cfg", &done) || !deadline_left(end))
			return vswitch_fail_asleep(err, db->code, timeout_ms);
		if (done >= number)
			return 0;
	}
}
