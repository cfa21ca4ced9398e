/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * STATUS: would an ADD succeed? The database answers, the bridge is there or will be made,
 * ovs-vswitchd runs and keeps up; then nftables and the IPAM plugin.
 */
#include <errno.h>

#include "base/alloc.h"
#include "nft/masquerade.h"
#include "ovs_conf.h"
#include "ovs_verbs.h"
#include "ovsdb/operation.h"
#include "ovsdb/switchd.h"
#include "plugin/ipam.h"
#include "plugin/rules.h"
#include "port_row.h"

enum { KEEPING_UP_MS = 1000 };

/* One that hangs while nobody wants anything of it is behind with nothing: only asking tells. */
static int check_switchd(const char *path, struct cni_error *err)
{
	struct switchd switchd;
	int r = switchd_look(path, KEEPING_UP_MS, CNI_ERR_NOT_AVAILABLE, &switchd, err);

	if (r < 0)
		return r;
	if (switchd.is_hung)
		return vswitch_fail_asleep(err, CNI_ERR_NOT_AVAILABLE, KEEPING_UP_MS);
	if (switchd.is_running)
		return 0;
	r = cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "ovs-vswitchd is not running");
	cni_error_details(err, "the database at %s answers, but nobody carries out what it says",
			  path);
	return r;
}

static bool offers(const cJSON *row, const char *datapath_type)
{
	for (const cJSON *type = row_values(row, "datapath_types"); type; type = value_next(type))
		if (cJSON_IsString(type) && text_equal(type->valuestring, datapath_type))
			return true;
	return false;
}

static int check_progress(struct ovsdb *db, const struct ovs_conf *conf, struct cni_error *err)
{
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	cleanup_json cJSON *reply = NULL;
	long done = 0, wanted = 0;
	unsigned id;
	struct json_writer *w = ovsdb_begin(db, &id);
	const cJSON *row;
	int r;

	operation_open(w, "select", "Open_vSwitch");
	operation_where_any(w);
	operation_columns(w, "cur_cfg next_cfg datapath_types");
	operation_close(w);
	r = ovsdb_call(db, id, deadline, &reply, err);
	if (r < 0)
		return r;
	row = reply_rows(reply, 0);
	if (!row_integer(row, "cur_cfg", &done) || !row_integer(row, "next_cfg", &wanted))
		return cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0,
				"the database at %s is not that of a switch", db->path);
	if (conf->create_bridge && *conf->datapath_type && !offers(row, conf->datapath_type))
		return cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0,
				"the switch has no datapath of type %s", conf->datapath_type);
	return done >= wanted ? 0 : vswitch_await(db, wanted, KEEPING_UP_MS, err);
}

static int check_switch(const struct ovs_conf *conf, struct cni_error *err)
{
	cleanup_ovsdb struct ovsdb db = OVSDB_CLOSED;
	struct vswitch_look look = { 0 };
	int r;

	db.code = CNI_ERR_NOT_AVAILABLE;
	r = ovsdb_connect(&db, conf->socket_file, deadline_in(VSWITCH_ANSWER_MS), err);
	if (r == 0)
		r = vswitch_look(&db, conf->bridge, "", "", &look, err);
	port_rows_release(&look.own);
	if (r == 0 && !look.has_bridge && !conf->create_bridge)
		r = vswitch_fail_no_bridge(&db, conf->bridge, db.code, err);
	if (r == 0 && look.is_userspace && ovs_conf_is_checked(conf))
		r = cni_fail(
			err, db.code, 0,
			"macspoofchk and ipspoofchk can do nothing on bridge %s, whose datapath is in user space",
			conf->bridge);
	if (r == 0)
		r = check_switchd(conf->socket_file, err);
	return r < 0 ? r : check_progress(&db, conf, err);
}

int ovs_status(struct cni_call *call, struct cni_error *err)
{
	cleanup_ovs_conf struct ovs_conf conf = { 0 };
	int r = ovs_conf_read(call, &conf, err);
	const struct owned_table *const tables[] = { conf.ip_masq ? &masquerade_table : NULL };

	if (r == 0)
		r = ipam_check_mtu(call, conf.mtu, err);
	if (r == 0 && (conf.ip_masq || ovs_conf_is_checked(&conf)))
		r = rules_status(call, tables, array_size(tables), err);
	if (r == 0)
		r = check_switch(&conf, err);
	return r < 0 ? r : ipam_status(call, err);
}
