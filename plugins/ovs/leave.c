/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DEL and GC. Rows go before links, whose names are then free; leases last. Whether a row is gone
 * is what the database answers: where it does not, everything else goes all the same, and the
 * runtime is told to try again.
 */
#include <errno.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/attach.h"
#include "ovs_conf.h"
#include "ovs_verbs.h"
#include "ovsdb/operation.h"
#include "plugin/attachments.h"
#include "plugin/pair.h"
#include "port_row.h"

static const char ovs_cni_cache[] = "/var/lib/cni/ovs-cni/cache";

/* ---- DEL */

/* The host ends of this owner, found before they go. */
struct host_ends {
	struct link links[VETH_NAMES];
	int count;
};

static void find_host_ends(const struct cni_call *call, struct host_ends *ret)
{
	const struct attachment attachment = call_attachment(call);
	const struct owner owner = owner_of(&attachment);
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_attach struct attach at = ATTACH_CLOSED;
	int count;

	if (attach_open(&at, "", true, &ignored) < 0)
		return; /* pair_del() will tell */
	count = veth_list_of_owner(&at.host, &owner, ret->links, &ignored);
	ret->count = count > 0 ? count : 0;
}

/* Whatever somebody made of its external_ids, the port of our link is ours. */
static void select_of_link(struct json_writer *w, const struct link *link)
{
	operation_open(w, "select", "Port");
	operation_where_text(w, "name", link->name);
	operation_columns(w, "_uuid external_ids");
	operation_close(w);
}

/* A port that ovs-cni made for this interface of this namespace. */
static void select_of_ovs_cni(struct json_writer *w, const struct cni_call *call)
{
	const struct ovsdb_pair pairs[] = {
		{ "owner", OVS_CNI_OWNER },
		{ "contNetns", call->netns },
		{ "contIface", call->ifname },
	};

	operation_open(w, "select", "Port");
	operation_where_map(w, "external_ids", pairs, array_size(pairs));
	operation_columns(w, "_uuid external_ids");
	operation_close(w);
}

/* Ours carry the same words of ovs-cni; those of another owner are not meant. */
static void take_unowned(struct port_rows *rows, const cJSON *row)
{
	for (; row; row = row->next)
		if (!*row_map_text(row, "external_ids", PORT_OWNER))
			port_rows_take_one(rows, row);
}

static int remove_rows(struct ovsdb *db, const struct cni_call *call, const struct host_ends *ends,
		       struct cni_error *err)
{
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	const struct attachment attachment = call_attachment(call);
	const struct owner owner = owner_of(&attachment);
	cleanup_port_rows struct port_rows rows = { 0 };
	cleanup_json cJSON *reply = NULL;
	const char *error, *details;
	unsigned id;
	struct json_writer *w = ovsdb_begin(db, &id);
	int r;

	port_row_select_owner(w, owner.text);
	for (int i = 0; i < ends->count; i++)
		select_of_link(w, &ends->links[i]);
	if (*call->netns)
		select_of_ovs_cni(w, call);
	r = ovsdb_call(db, id, deadline, &reply, err);
	if (r < 0)
		return r;
	if (reply_find_failure(reply, &error, &details) >= 0)
		return vswitch_fail(err, db->code, error, details);
	port_rows_take(&rows, reply_rows(reply, 0));
	for (int place = 1; place <= ends->count + 1 && !rows.count; place++)
		take_unowned(&rows, reply_rows(reply, place));
	return port_rows_remove(db, &rows, NULL, err);
}

/* ovs-cni's DEL does nothing without it, and ours has done all of that. */
static void forget_ovs_cni(const struct cni_call *call)
{
	cleanup_free char *path = xasprintf("%s/%s-%s", ovs_cni_cache, call->container_id,
					    call->ifname);

	(void)unlink(path); /* most attachments have none */
}

static int leave_switch(struct cni_call *call, const struct host_ends *ends, struct cni_error *err)
{
	cleanup_ovs_conf struct ovs_conf conf = { 0 };
	cleanup_ovsdb struct ovsdb db = OVSDB_CLOSED;
	int r;

	ovs_conf_read_socket(call, &conf);
	r = ovsdb_connect(&db, conf.socket_file, deadline_in(VSWITCH_ANSWER_MS), err)
		    ?: remove_rows(&db, call, ends, err);
	if (r == 0)
		forget_ovs_cni(call);
	return r;
}

/* dhcp gives a lease back through the port, so this goes last then. */
int ovs_del(struct cni_call *call, struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };
	const bool is_needed = ipam_is_on_link(call);
	struct host_ends ends = { 0 };
	int r;

	find_host_ends(call, &ends);
	r = is_needed ? 0 : leave_switch(call, &ends, err);
	r = cni_error_collect(err, &more, r, pair_del(call, &more));
	return is_needed ? cni_error_collect(err, &more, r, leave_switch(call, &ends, &more)) : r;
}

/* ---- GC */

static void select_for_gc(struct json_writer *w, const char *network)
{
	const struct ovsdb_pair of_network = { PORT_NETWORK, network };
	const struct ovsdb_pair of_ovs_cni = { "owner", OVS_CNI_OWNER };

	operation_open(w, "select", "Port");
	operation_where_map(w, "external_ids", &of_network, 1);
	operation_columns(w, "_uuid external_ids");
	operation_close(w);
	operation_open(w, "select", "Port");
	operation_where_map(w, "external_ids", &of_ovs_cni, 1);
	operation_columns(w, "_uuid name external_ids");
	operation_close(w);
}

/* Rows of this network whose owner the runtime does not know. */
static void take_forgotten(struct port_rows *rows, const cJSON *row, const char *network,
			   struct attachments *valid)
{
	for (; row; row = row->next) {
		const char *owner = row_map_text(row, "external_ids", PORT_OWNER);

		if (owner_text_is_of_network(owner, network) && !attachments_keep(owner, valid))
			port_rows_take_one(rows, row);
	}
}

/*
 * What ovs-cni made names no container. With its link the container's interface is gone as well, so
 * such a row is nobody's; ovs-cni itself removes it at the next ADD of anybody.
 */
static int take_linkless(struct port_rows *rows, const cJSON *row, struct cni_error *err)
{
	cleanup_attach struct attach at = ATTACH_CLOSED;
	struct link link;
	int r = attach_open(&at, "", true, err);

	for (; r == 0 && row; row = row->next) {
		const char *name = row_text(row, "name");

		if (*row_map_text(row, "external_ids", PORT_OWNER) || !*name ||
		    strlen(name) >= IFNAMSIZ)
			continue;
		if (link_get(&at.host, name, &link) == -ENODEV)
			port_rows_take_one(rows, row);
	}
	return r;
}

static int collect_rows(struct ovsdb *db, const struct cni_call *call, struct attachments *valid,
			struct cni_error *err)
{
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	cleanup_port_rows struct port_rows rows = { 0 };
	cleanup_json cJSON *reply = NULL;
	const char *error, *details;
	unsigned id;
	int r;

	select_for_gc(ovsdb_begin(db, &id), call->conf.name);
	r = ovsdb_call(db, id, deadline, &reply, err);
	if (r < 0)
		return r;
	if (reply_find_failure(reply, &error, &details) >= 0)
		return vswitch_fail(err, db->code, error, details);
	take_forgotten(&rows, reply_rows(reply, 0), call->conf.name, valid);
	r = take_linkless(&rows, reply_rows(reply, 1), err);
	return r < 0 ? r : port_rows_remove(db, &rows, NULL, err);
}

int ovs_gc(struct cni_call *call, struct cni_error *err)
{
	cleanup_ovs_conf struct ovs_conf conf = { 0 };
	cleanup_ovsdb struct ovsdb db = OVSDB_CLOSED;
	cleanup_attachments struct attachments valid = { 0 };
	cleanup_error struct cni_error more = { 0 };
	int r = attachments_read(&call->conf, &valid, err);

	if (r < 0)
		return r;
	if (r == 0)
		return pair_gc(call, err); /* the IPAM plugin's part */
	ovs_conf_read_socket(call, &conf);
	r = ovsdb_connect(&db, conf.socket_file, deadline_in(VSWITCH_ANSWER_MS), err);
	if (r == 0)
		r = collect_rows(&db, call, &valid, err);
	r = cni_error_collect(err, &more, r, pair_gc(call, &more));
	return cni_error_collect(err, &more, r, rules_collect_guards(call, &valid, &more));
}
