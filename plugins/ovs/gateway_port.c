/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the gateway's port is made, and its device found. */
#include "gateway_port.h"

#include <errno.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/sha512.h"
#include "net/machine.h"
#include "net/sysctl.h"
#include "ovsdb/operation.h"
#include "port_row.h"

enum { HASH_DIGITS = 8 };

static int tag_of(const struct ovs_conf *conf)
{
	return ovs_conf_is_access(conf) ? conf->vlan : -1;
}

static char *identity(const char *network, const struct ovs_conf *conf)
{
	return xasprintf("%s/%s/%d", network, conf->bridge, tag_of(conf));
}

void gateway_port_name(const char *network, const struct ovs_conf *conf, char ret[IFNAMSIZ])
{
	cleanup_free char *text = identity(network, conf);
	char hash[HASH_DIGITS + 1];

	sha512_hex(text, HASH_DIGITS, hash);
	(void)snprintf(ret, IFNAMSIZ, "cni%s", hash); /* fits */
}

/* A MAC of its own, so that containers find it under the same one after the switch was restarted.
 */
static void print_mac(const char *network, const struct ovs_conf *conf, char ret[MAC_TEXT])
{
	const struct machine machine = machine_read();
	cleanup_free char *text = identity(network, conf);
	uint8_t mac[MAC_SIZE];

	machine_mac(&machine, text, "gateway", mac);
	(void)mac_print(mac, ret);
}

/* Whoever is faster makes it: then the expectation of the second operation fails, and all is well.
 */
static int insert(struct ovsdb *db, const char *name, const char *network,
		  const struct ovs_conf *conf, struct cni_error *err)
{
	enum { EXPECT_NAME = 1 };
	const struct deadline deadline = deadline_in(VSWITCH_ANSWER_MS);
	cleanup_json cJSON *reply = NULL;
	const char *error, *details;
	char mac[MAC_TEXT];
	unsigned id;
	struct json_writer *w = ovsdb_begin(db, &id);
	int failed, r;

	print_mac(network, conf, mac);
	port_row_expect_bridge(w, conf->bridge);
	port_row_expect_none(w, "Port", name);
	port_row_insert_internal(w, &(struct internal_port){ .name = name,
							     .tag = tag_of(conf),
							     .mtu = conf->mtu,
							     .mac = mac,
							     .gateway_owner = network });
	port_row_join(w, conf->bridge);
	operation_next_cfg(w);
	r = ovsdb_call(db, id, deadline, &reply, err);
	if (r < 0)
		return r;
	failed = reply_find_failure(reply, &error, &details);
	if (failed == 0)
		return vswitch_fail_no_bridge(db, conf->bridge, CNI_ERR_TRY_LATER, err);
	if (failed > EXPECT_NAME)
		return vswitch_fail(err, CNI_ERR_LINK, error, details);
	return 0;
}

static int await_device(struct ovsdb *db, const char *name, const struct ovs_conf *conf,
			struct cni_error *err)
{
	const int patience = ovs_conf_patience(conf);
	const struct deadline deadline = deadline_in(patience + VSWITCH_ANSWER_MS);
	cleanup_json cJSON *reply = NULL;
	unsigned id;
	bool is_up;
	int r;

	port_row_await(ovsdb_begin(db, &id), name, patience);
	r = ovsdb_call(db, id, deadline, &reply, err);
	return r < 0 ? r : port_row_judge(reply, 1, name, &is_up, CNI_ERR_TRY_LATER, patience, err);
}

/* Like a bridge that is a gateway: it hears no router, and its addresses are used at once. */
static int bring_up(struct netlink *host, const struct ovs_conf *conf, const struct link *link,
		    struct cni_error *err)
{
	int r;

	if (link->flags & IFF_UP)
		return 0;
	ignore(sysctl_write_link("ipv6", link->name, "accept_ra", "0")); /* there may be no IPv6 */
	if (!conf->enable_dad)
		ignore(sysctl_write_link("ipv6", link->name, "accept_dad", "0"));
	r = link_set_up(host, link->index);
	return r < 0 ? netlink_fail(host, err, r, "failed to set %s up", link->name) : 0;
}

/* The gateway of one VLAN must not be that of another. */
static int check_tag(const char *name, const struct ovs_conf *conf, const struct vswitch_look *look,
		     struct cni_error *err)
{
	if (!look->has_gateway || look->gateway_tag == tag_of(conf))
		return 0;
	(void)cni_fail(err, CNI_ERR_CONFLICT, 0, "the gateway's port %s has tag %ld instead of %d",
		       name, look->gateway_tag, tag_of(conf));
	cni_error_details(err, "somebody changed it; run: ovs-vsctl del-port %s", name);
	return -EEXIST;
}

int gateway_port_ensure(struct ovsdb *db, struct netlink *host, const char *network,
			const struct ovs_conf *conf, const struct vswitch_look *look,
			struct link *ret, struct cni_error *err)
{
	char name[IFNAMSIZ];
	int r;

	gateway_port_name(network, conf, name);
	r = check_tag(name, conf, look, err);
	if (r == 0 && !look->has_gateway)
		r = insert(db, name, network, conf, err);
	if (r < 0)
		return r;
	if (!look->has_gateway || link_get(host, name, ret) < 0) {
		r = await_device(db, name, conf, err);
		if (r < 0)
			return r;
	}
	r = link_get(host, name, ret);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r,
				"the switch made no device of the gateway's port %s", name);
	return bring_up(host, conf, ret, err);
}
