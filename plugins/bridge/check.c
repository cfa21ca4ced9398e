/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CHECK: everything that ADD made, in the order of ADD; the first thing that is wrong is named.
 * Containers that the reference attached are measured by what the reference makes.
 */
#include <errno.h>

#include "bridge_verbs.h"
#include "net/bridge.h"
#include "plugin/address.h"
#include "plugin/check.h"
#include "plugin/gateway.h"
#include "port_vlans.h"

static const struct result_interface *find_on_host(const struct result *prev, const char *name)
{
	for (size_t i = 0; i < prev->interface_count; i++)
		if (text_equal(prev->interfaces[i].name, name))
			return &prev->interfaces[i];
	return NULL;
}

static int check_mac(const struct link *link, const struct result_interface *expected,
		     struct cni_error *err)
{
	char mac[MAC_TEXT];

	if (expected->mac && strcasecmp(expected->mac, mac_print(link->mac, mac)) != 0)
		return check_fail(err, "%s has MAC %s instead of %s", link->name, mac,
				  expected->mac);
	return 0;
}

static int check_bridge(struct netlink *host, const struct bridge_conf *conf,
			const struct result *prev, struct link *ret, struct cni_error *err)
{
	const struct result_interface *expected = find_on_host(prev, conf->bridge);
	int r;

	if (!expected)
		return check_fail(err, "bridge %s is not among the interfaces of prevResult",
				  conf->bridge);
	if (expected->sandbox)
		return check_fail(err, "bridge %s must not be in a sandbox", conf->bridge);
	r = link_get(host, conf->bridge, ret);
	if (r == -ENODEV)
		return check_fail(err, "bridge %s does not exist", conf->bridge);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up bridge %s", conf->bridge);
	if (!text_equal(ret->kind, "bridge"))
		return check_fail(err, "%s is no bridge", conf->bridge);
	if (!(ret->flags & IFF_UP))
		return check_fail(err, "bridge %s is down", conf->bridge);
	if (conf->promisc && !(ret->flags & IFF_PROMISC))
		return check_fail(err, "bridge %s is not promiscuous", conf->bridge);
	if (bridge_conf_has_vlans(conf) && ret->has_vlan_filtering && !ret->vlan_filtering)
		return check_fail(err, "bridge %s does not filter VLANs", conf->bridge);
	/* One that was not made by us, or not from the beginning, may have had another MAC. */
	return text_equal(ret->alias, BRIDGE_ALIAS) ? check_mac(ret, expected, err) : 0;
}

static int check_port(struct attach *at, const struct bridge_conf *conf, const struct result *prev,
		      const struct link *bridge, const struct link *container, struct link *ret,
		      struct cni_error *err)
{
	const struct result_interface *expected;
	int r = check_host_end(at, prev, container, ret, &expected, err);

	if (r < 0)
		return r;
	if (ret->master != bridge->index)
		return check_fail(err, "%s is not a port of bridge %s", ret->name, bridge->name);
	if (!(ret->flags & IFF_UP))
		return check_fail(err, "bridge port %s is down", ret->name);
	if (conf->hairpin != ret->hairpin)
		return check_fail(err, "hairpin mode of bridge port %s is %s", ret->name,
				  ret->hairpin ? "on" : "off");
	if (conf->isolated != ret->isolated)
		return check_fail(err, "isolation of bridge port %s is %s", ret->name,
				  ret->isolated ? "on" : "off");
	if (conf->mtu && (ret->mtu != conf->mtu || container->mtu != conf->mtu))
		return check_fail(err, "MTU of %s is %d and of %s %d instead of %d", ret->name,
				  ret->mtu, container->name, container->mtu, conf->mtu);
	return check_mac(ret, expected, err);
}

/* Frames to reserved addresses must pass the spoof checks, which see what is forwarded. */
static int check_reserved(const struct bridge_conf *conf, const struct link *port,
			  struct cni_error *err)
{
	int r;

	if (!bridge_conf_is_checked(conf) ||
	    (port->group_fwd_mask & LINK_FORWARDS_RESERVED) == LINK_FORWARDS_RESERVED)
		return 0;
	r = check_fail(
		err,
		"group_fwd_mask of bridge port %s is 0x%04x: frames to 01:80:c2:00:00:0e, and with STP to 01:80:c2:00:00:00, pass the spoof check by",
		port->name, port->group_fwd_mask);
	cni_error_details(err, "run: ip link set %s type bridge_slave group_fwd_mask 0x%04x",
			  port->name, LINK_FORWARDS_RESERVED);
	return r;
}

static int check_gateways(struct pair *pair, const struct bridge_conf *conf,
			  const struct link *bridge, struct cni_error *err)
{
	cleanup_gateways struct gateways gateways = { 0 };
	struct netlink *host = &pair->at.host;
	struct link link = *bridge;
	int r;

	r = gateway_plan(&pair->result, conf->is_gateway, false, &gateways, err);
	if (r == 0 && conf->vlan && gateways.count)
		r = vlan_check_gateway(host, bridge, conf, &link, err);
	return r ?: address_check(host, &link, &gateways, err);
}

static int check_kernel(struct pair *pair, const struct bridge_conf *conf, struct cni_error *err)
{
	const struct check_spec spec = {
		.kind = "veth",
		.stays_down = conf->disable_container_interface,
	};
	struct attach *at = &pair->at;
	const struct result *prev = &pair->result;
	struct link bridge, container, port;
	bool is_ours;
	int r;

	r = check_bridge(&at->host, conf, prev, &bridge, err)
		    ?: check_container(at, pair->call, &spec, prev, &container, err)
		    ?: check_port(at, conf, prev, &bridge, &container, &port, err);
	if (r < 0)
		return r;
	is_ours = text_equal(port.alias, pair->rules.owner.text);
	bridge_wish_rules(pair, conf, port.name, container.mac);
	return vlan_check_port(&at->host, &port, conf, is_ours, err)
		       ?: (is_ours ? check_reserved(conf, &port, err) : 0)
		       ?: (is_ours && !spec.stays_down ? check_loopback(at, err) : 0)
		       ?: check_gateways(pair, conf, &bridge, err)
		       ?: rules_check(&pair->rules, err);
}

int bridge_check(struct cni_call *call, struct cni_error *err)
{
	cleanup_conf struct bridge_conf conf = { 0 };
	undo_pair struct pair pair = pair_of(call);

	return bridge_conf_read(call, &conf, err)
		       ?: attach_open(&pair.at, call->netns, true, err)
		       ?: (ipam_is_set(call) ? ipam_check(call, err) : 0)
		       ?: check_prev_result(call, &pair.result, err)
		       ?: check_kernel(&pair, &conf, err);
}
