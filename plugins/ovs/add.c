/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ADD, a straight line:
 *   1. configuration and namespace: whatever can be refused is refused here
 *   2. one look at the switch: the bridge, and rows that a killed ADD left; these go, and the
 * switch has let go of them, and of what a DEL just removed, before a link of that name appears (a
 * switch in user space keeps hold of the old one otherwise)
 *   3. the pair, while the IPAM plugin works; the container's MAC follows from its address
 *   4. the gateway's port, its addresses, forwarding; masquerade
 *   5. the container's end: settings, addresses, up, routes
 *   6. the row, and the switch's word that it has the port: one write, two answers
 *   7. the neighbours are told; the result; only now everything is kept
 * Where addresses must prove unique, 6 goes before 5; where dhcp brings them, before they are
 * there.
 */
#include <errno.h>

#include "gateway_port.h"
#include "ovs_conf.h"
#include "ovs_verbs.h"
#include "plugin/address.h"
#include "plugin/gateway.h"
#include "plugin/pair.h"
#include "port_row.h"

/* What an ADD works with. */
struct joining {
	const struct ovs_conf *conf;
	struct pair *pair;
	struct ovsdb *db;
	struct made_row *row;
	struct vswitch_look look;
	bool is_joined;
	bool is_unseen; /* the switch had not seen the link's carrier when it took it */
};

static bool is_in_user_space(const struct joining *j)
{
	return j->look.has_bridge ? j->look.is_userspace
				  : text_equal(j->conf->datapath_type, "netdev");
}

/* There a switch gets frames before any hook of the kernel sees them. */
static int check_datapath(struct joining *j, struct cni_error *err)
{
	if (!ovs_conf_is_checked(j->conf) || !is_in_user_space(j))
		return 0;
	(void)cni_fail(err, CNI_ERR_FIREWALL, 0,
		       "macspoofchk and ipspoofchk can do nothing on bridge %s", j->conf->bridge);
	cni_error_details(
		err,
		"its datapath is in user space (datapath_type=netdev) and takes frames before nftables sees them; use a bridge with datapath_type=system, or no checks");
	return -EOPNOTSUPP;
}

static int ensure_bridge(struct joining *j, struct cni_error *err)
{
	if (j->look.has_bridge)
		return 0;
	if (!j->conf->create_bridge)
		return vswitch_fail_no_bridge(j->db, j->conf->bridge, CNI_ERR_CONFIG, err);
	return vswitch_create_bridge(j->db, j->conf, j->pair->call->conf.name, err);
}

static int look(struct joining *j, struct cni_error *err)
{
	char gateway[IFNAMSIZ] = "";
	const struct pair *pair = j->pair;

	if (j->conf->is_gateway)
		gateway_port_name(pair->call->conf.name, j->conf, gateway);
	return ovsdb_connect(j->db, j->conf->socket_file, deadline_in(VSWITCH_ANSWER_MS), err)
		       ?: vswitch_look(j->db, j->conf->bridge, pair->rules.owner.text, gateway,
				       &j->look, err)
		       ?: check_datapath(j, err)
		       ?: ensure_bridge(j, err);
}

static int delete_links(struct pair *pair, const struct link *links, int count,
			struct cni_error *err)
{
	cleanup_error struct cni_error ignored = { 0 };

	for (int i = 0; i < count; i++) {
		int r = link_delete(&pair->at.host, &links[i]);

		if (r < 0)
			return netlink_fail(&pair->at.host, err, r,
					    "failed to remove the half-made %s", links[i].name);
	}
	if (count && ipam_is_set(pair->call))
		ignore(ipam_del(pair->call,
				&ignored)); /* there may be no lease; the ADD will tell */
	return 0;
}

/*
 * An attachment that lives has a row and a link with a carrier, and pair_make() will refuse it. Of
 * one that was killed there is less: a link without a row carries nothing, be it up or not.
 */
static int remove_half_made(struct joining *j, struct cni_error *err)
{
	struct pair *pair = j->pair;
	struct link links[VETH_NAMES];
	long number = 0;
	int count = veth_list_of_owner(&pair->at.host, &pair->rules.owner, links, err);
	int r;

	for (int i = 0; i < count && j->look.own.count; i++)
		if (links[i].flags & IFF_RUNNING)
			return 0;
	if (count < 0)
		return count;
	r = delete_links(pair, links, count, err)
		    ?: port_rows_remove(j->db, &j->look.own, &number, err);
	/* What is not carried out yet may be the removal of this very port. */
	if (!number && j->look.is_userspace)
		number = j->look.pending;
	return r < 0 || !number ? r : vswitch_await(j->db, number, ovs_conf_patience(j->conf), err);
}

void ovs_wish_rules(struct pair *pair, const struct ovs_conf *conf, const char *port,
		    const uint8_t mac[MAC_SIZE])
{
	if (conf->ip_masq && ipam_is_set(pair->call))
		rules_wish_masquerade(&pair->rules, &pair->result);
	if (ovs_conf_is_checked(conf))
		rules_wish_guard(&pair->rules, port, mac, &pair->result, conf->macspoofchk,
				 conf->ipspoofchk);
}

/* No frame passes the port before its checks are there. */
static int set_rules(struct joining *j, struct cni_error *err)
{
	struct pair *pair = j->pair;
	const struct link *port = &pair->veth.host.link;
	int r;

	rules_wish_anew(&pair->rules);
	ovs_wish_rules(pair, j->conf, port->name, pair->veth.container_mac);
	r = rules_set(&pair->rules, err);
	if (r < 0 || !ovs_conf_is_checked(j->conf))
		return r;
	r = link_set_up(&pair->at.host, port->index);
	return r < 0 ? netlink_fail(&pair->at.host, err, r, "failed to set %s up", port->name) : 0;
}

/* Once, early or late. */
static int join(struct joining *j, struct cni_error *err)
{
	const struct pair *pair = j->pair;
	const struct port_spec spec = {
		.call = pair->call,
		.conf = j->conf,
		.owner = &pair->rules.owner,
		.name = pair->veth.host.link.name,
		.container_mac = pair->veth.container_mac,
	};
	int r;

	if (j->is_joined)
		return 0;
	*j->row = (struct made_row){ .db = j->db, .owner = &pair->rules.owner };
	r = port_row_insert(j->db, &spec, err);
	j->is_joined = true;
	j->is_unseen = r > 0;
	return r < 0 ? r : 0;
}

static int make_pair(struct joining *j, struct cni_error *err)
{
	const struct ovs_conf *conf = j->conf;
	struct pair *pair = j->pair;
	struct veth_spec spec = {
		.container_mac = conf->mac.is_set ? conf->mac.mac : NULL,
		.mtu = conf->mtu,
		.is_checked = ovs_conf_is_checked(conf),
		.is_switched = true,
	};
	int r;

	pair->dad = conf->enable_dad;
	pair->accept_ra = conf->accept_ra;
	r = pair_make(pair, &spec, false, err);
	/* dhcp speaks through the port, before there is an address. */
	if (r == 0 && ipam_is_on_link(pair->call))
		r = set_rules(j, err) ?: join(j, err);
	return r ?: pair_hear_ipam(pair, conf->mtu, err);
}

/* 0a:58 and the IPv4 address, as ovs-cni gives it: who knows a reused address knows its MAC. */
static int set_mac(struct joining *j, struct cni_error *err)
{
	struct pair *pair = j->pair;
	struct netlink *container = &pair->at.container;
	uint8_t mac[MAC_SIZE] = { 0x0a, 0x58 };
	int r;

	/* A DHCP server knows the container by the MAC it has. */
	if (j->conf->mac.is_set || ipam_is_on_link(pair->call))
		return 0;
	for (size_t i = 0; i < pair->result.ip_count; i++) {
		const struct addr *addr = &pair->result.ips[i].address.addr;

		if (addr->family != AF_INET)
			continue;
		memcpy(mac + 2, addr->bytes, 4);
		memcpy(pair->veth.container_mac, mac, MAC_SIZE);
		r = link_set_mac(container, pair->veth.container_index, mac);
		return r < 0 ? netlink_fail(container, err, r, "failed to set the MAC of %s",
					    pair->call->ifname)
			     : 0;
	}
	return 0;
}

static int make_gateway(struct joining *j, struct cni_error *err)
{
	cleanup_gateways struct gateways gateways = { 0 };
	struct pair *pair = j->pair;
	char mac[MAC_TEXT];
	struct link link;
	int r = gateway_plan(&pair->result, j->conf->is_gateway, j->conf->is_default_gateway,
			     &gateways, err);

	if (r < 0 || !gateways.count)
		return r;
	r = gateway_port_ensure(j->db, &pair->at.host, pair->call->conf.name, j->conf, &j->look,
				&link, err);
	if (r < 0)
		return r;
	(void)result_add_interface(&pair->result, link.name, mac_print(link.mac, mac), NULL);
	return address_ensure(&pair->at.host, &link, &gateways, j->conf->force_address,
			      j->conf->enable_dad, err);
}

/* Steps 5 to 7. */
static int connect_both(struct joining *j, struct interface_spec *spec, struct cni_error *err)
{
	cleanup_announcer struct announcer announcer = ANNOUNCER_NONE;
	struct pair *pair = j->pair;
	const bool has_addresses = ipam_is_set(pair->call);
	int r = spec->dad ? join(j, err) : 0;

	r = r ?: interface_configure(&pair->at, spec, &pair->result,
				     has_addresses ? &announcer : NULL, err)
			?: join(j, err);
	if (r < 0 || !has_addresses)
		return r;
	if (j->is_unseen)
		r = port_row_await_up(j->db, pair->veth.host.link.name, ovs_conf_patience(j->conf),
				      err);
	if (r == 0)
		interface_announce(&pair->at, &announcer, spec, pair->veth.container_mac,
				   &pair->result);
	return r;
}

static int join_container(struct joining *j, struct cni_error *err)
{
	struct interface_spec spec;
	int r = look(j, err) ?: remove_half_made(j, err) ?: make_pair(j, err) ?: set_mac(j, err);

	if (r < 0)
		return r;
	spec = pair_list(j->pair);
	return make_gateway(j, err) ?: set_rules(j, err) ?: connect_both(j, &spec, err);
}

int ovs_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_ovs_conf struct ovs_conf conf = { 0 };
	undo_pair struct pair pair = pair_of(call);
	cleanup_ovsdb struct ovsdb db = OVSDB_CLOSED;
	undo_row struct made_row row = { 0 };
	struct joining joining = { .conf = &conf, .pair = &pair, .db = &db, .row = &row };
	int r = ovs_conf_read(call, &conf, err)
			?: ovs_conf_check_add(call, &conf, err)
			?: pair_open(&pair, conf.ip_masq || ovs_conf_is_checked(&conf), err)
			?: join_container(&joining, err)
			?: pair_answer(&pair, out, err);

	port_rows_release(&joining.look.own);
	if (r == 0)
		row_keep(&row);
	else
		lease_undo_before_link(&pair.lease);
	return r;
}
