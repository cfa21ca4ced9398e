/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CHECK: the container's end, the host's end, rules, the row and what the switch says of it, the
 * bridge, the gateway. The row alone proves nothing: a switch in user space may hold on to a
 * device that is gone, while its row follows whatever has the name.
 */
#include <errno.h>

#include "base/alloc.h"
#include "gateway_port.h"
#include "ovs_conf.h"
#include "ovs_verbs.h"
#include "ovsdb/operation.h"
#include "plugin/address.h"
#include "plugin/check.h"
#include "plugin/gateway.h"
#include "port_row.h"

enum { PORT, INTERFACE, GATEWAY }; /* places in the reply */

struct checking {
	const struct ovs_conf *conf;
	struct pair *pair;
	struct ovsdb *db;
	struct link container, host_end;
	char gateway[IFNAMSIZ]; /* "": none */
};

static void select_named(struct json_writer *w, const char *table, const char *name,
			 const char *columns)
{
	operation_open(w, "select", table);
	operation_where_text(w, "name", name);
	operation_columns(w, columns);
	operation_close(w);
}

static int ask(struct checking *c, cJSON **ret, struct cni_error *err)
{
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	const char *error, *details;
	unsigned id;
	struct json_writer *w = ovsdb_begin(c->db, &id);
	int r;

	select_named(w, "Port", c->host_end.name,
		     "_uuid vlan_mode tag trunks protected external_ids");
	select_named(w, "Interface", c->host_end.name, "type error ifindex ofport link_state");
	select_named(w, "Port", c->gateway, "tag");
	r = ovsdb_call(c->db, id, deadline, ret, err);
	if (r < 0)
		return r;
	if (reply_find_failure(*ret, &error, &details) >= 0)
		return vswitch_fail(err, c->db->code, error, details);
	return 0;
}

/* A row of ovs-cni's making has no owner of ours. */
static int check_owner(const struct checking *c, const cJSON *row, struct cni_error *err)
{
	const char *owner = row_map_text(row, "external_ids", PORT_OWNER);

	if (!*owner && text_equal(row_map_text(row, "external_ids", "owner"), OVS_CNI_OWNER))
		return 0;
	if (!text_equal(owner, c->pair->rules.owner.text))
		return check_fail(err, "port %s of the switch has the owner \"%s\"",
				  c->host_end.name, owner);
	return 0;
}

static bool has_trunks(const struct ovs_conf *conf, const cJSON *row)
{
	const cJSON *value = row_values(row, "trunks");

	for (size_t i = 0; i < conf->trunk.count; i++) {
		long id;

		if (!json_is_integer(value, &id) || id != conf->trunk.ids[i])
			return false;
		value = value_next(value);
	}
	return !value || !cJSON_IsNumber(value);
}

static int check_port(const struct checking *c, const cJSON *row, struct cni_error *err)
{
	const struct ovs_conf *conf = c->conf;
	const char *name = c->host_end.name;
	const char *mode = ovs_conf_vlan_mode(conf);
	const bool is_access = ovs_conf_is_access(conf);
	long tag;

	if (!row)
		return check_fail(err, "the switch has no port %s", name);
	if (check_owner(c, row, err) < 0)
		return -EINVAL;
	if (!text_equal(row_text(row, "vlan_mode"), mode))
		return check_fail(err, "port %s of the switch has vlan_mode \"%s\" instead of %s",
				  name, row_text(row, "vlan_mode"), mode);
	if (!row_integer(row, "tag", &tag))
		tag = -1;
	if (tag != (is_access ? conf->vlan : -1))
		return check_fail(err, "port %s of the switch has tag %ld instead of %d", name, tag,
				  is_access ? conf->vlan : -1);
	if (!has_trunks(conf, row))
		return check_fail(err, "port %s of the switch is no trunk of the VLANs of trunk",
				  name);
	if (row_is_true(row, "protected") != conf->isolated)
		return check_fail(err, "isolation of port %s of the switch is %s", name,
				  conf->isolated ? "off" : "on");
	return 0;
}

static int check_interface(const struct checking *c, const cJSON *row, struct cni_error *err)
{
	const struct link *host_end = &c->host_end;
	const char *state = row_text(row, "link_state");
	long index, ofport;

	if (*row_text(row, "error"))
		return check_fail(err, "the switch cannot use %s: %s", host_end->name,
				  row_text(row, "error"));
	if (!text_equal(row_text(row, "type"), c->conf->interface_type))
		return check_fail(err,
				  "interface %s of the switch has type \"%s\" instead of \"%s\"",
				  host_end->name, row_text(row, "type"), c->conf->interface_type);
	if (!row_integer(row, "ofport", &ofport) || ofport <= 0)
		return check_fail(err, "the switch has not taken %s yet", host_end->name);
	/* Both datapaths make promiscuous what they take; the row of another device looks the same.
	 */
	if (!row_integer(row, "ifindex", &index) || index != host_end->index ||
	    !host_end->promiscuity)
		return check_fail(
			err, "the switch holds on to another device of the name %s, which is gone",
			host_end->name);
	if (!text_equal(state, "up"))
		return check_fail(err, "the switch says that %s is %s", host_end->name, state);
	return 0;
}

static int check_bridge(const struct checking *c, const cJSON *port, struct cni_error *err)
{
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	cleanup_json cJSON *reply = NULL;
	unsigned id;
	struct json_writer *w = ovsdb_begin(c->db, &id);
	const char *name;
	int r;

	operation_open(w, "select", "Bridge");
	operation_where_uuid(w, "ports", row_uuid(port, "_uuid"));
	operation_columns(w, "name");
	operation_close(w);
	r = ovsdb_call(c->db, id, deadline, &reply, err);
	if (r < 0)
		return r;
	name = row_text(reply_rows(reply, 0), "name");
	if (!text_equal(name, c->conf->bridge))
		return check_fail(err, "%s is a port of bridge \"%s\" instead of %s",
				  c->host_end.name, name, c->conf->bridge);
	return 0;
}

static int check_gateway(const struct checking *c, const cJSON *row, struct cni_error *err)
{
	cleanup_gateways struct gateways gateways = { 0 };
	const int wanted = ovs_conf_is_access(c->conf) ? c->conf->vlan : -1;
	struct link link;
	long tag;
	int r;

	if (!*c->gateway)
		return 0;
	r = gateway_plan(&c->pair->result, true, false, &gateways, err);
	if (r < 0)
		return r;
	if (!row)
		return check_fail(err, "the switch has no port %s for the gateway", c->gateway);
	if (!row_integer(row, "tag", &tag))
		tag = -1;
	if (tag != wanted)
		return check_fail(err, "the gateway's port %s has tag %ld instead of %d",
				  c->gateway, tag, wanted);
	if (link_get(&c->pair->at.host, c->gateway, &link) < 0)
		return check_fail(err, "gateway interface %s does not exist", c->gateway);
	if (!(link.flags & IFF_UP))
		return check_fail(err, "gateway interface %s is down", c->gateway);
	return address_check(&c->pair->at.host, &link, &gateways, err);
}

static int check_switch(struct checking *c, struct cni_error *err)
{
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	cleanup_json cJSON *reply = NULL;

	if (c->conf->is_gateway)
		gateway_port_name(c->pair->call->conf.name, c->conf, c->gateway);
	return ovsdb_connect(c->db, c->conf->socket_file, deadline, err)
		       ?: ask(c, &reply, err)
		       ?: check_port(c, reply_rows(reply, PORT), err)
		       ?: check_interface(c, reply_rows(reply, INTERFACE), err)
		       ?: check_bridge(c, reply_rows(reply, PORT), err)
		       ?: check_gateway(c, reply_rows(reply, GATEWAY), err);
}

static int check_links(struct checking *c, struct cni_error *err)
{
	const struct check_spec spec = { .kind = "veth" };
	struct pair *pair = c->pair;
	const struct link *container = &c->container, *host_end = &c->host_end;
	const struct result_interface *expected;
	int r = check_container(&pair->at, pair->call, &spec, &pair->result, &c->container, err)
			?: check_host_end(&pair->at, &pair->result, container, &c->host_end,
					  &expected, err);

	if (r < 0)
		return r;
	if (!(host_end->flags & IFF_UP))
		return check_fail(err, "%s, the host end of %s, is down", host_end->name,
				  container->name);
	if (c->conf->mtu && (host_end->mtu != c->conf->mtu || container->mtu != c->conf->mtu))
		return check_fail(err, "MTU of %s is %d and of %s %d instead of %d", host_end->name,
				  host_end->mtu, container->name, container->mtu, c->conf->mtu);
	ovs_wish_rules(pair, c->conf, host_end->name, container->mac);
	return rules_check(&pair->rules, err);
}

int ovs_check(struct cni_call *call, struct cni_error *err)
{
	cleanup_ovs_conf struct ovs_conf conf = { 0 };
	undo_pair struct pair pair = pair_of(call);
	cleanup_ovsdb struct ovsdb db = OVSDB_CLOSED;
	struct checking c = { .conf = &conf, .pair = &pair, .db = &db };

	return ovs_conf_read(call, &conf, err)
		       ?: attach_open(&pair.at, call->netns, true, err)
		       ?: (ipam_is_set(call) ? ipam_check(call, err) : 0)
		       ?: check_prev_result(call, &pair.result, err)
		       ?: check_links(&c, err)
		       ?: check_switch(&c, err);
}
