/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ADD, a straight line:
 *   1. configuration and namespace: whatever can be refused is refused here
 *   2. the bridge
 *   3. the pair, a port of the bridge from birth, down when it is to be checked; its VLANs
 *   4. addresses from the IPAM plugin, at the same time where it needs no interface; the plan of
 *      gateways
 *   5. gateways on the bridge, forwarding
 *   6. spoof checks and masquerade in one transaction; the port is up only behind it
 *   7. the container's end: settings, addresses, up, routes
 *   8. the port forwards; the neighbours are told; hairpin mode
 *   9. the result; only now everything is kept
 * What was made undoes itself when a later step fails.
 */
#include <errno.h>

#include "base/warn.h"
#include "bridge_conf.h"
#include "bridge_verbs.h"
#include "net/bridge.h"
#include "net/rival.h"
#include "plugin/address.h"
#include "plugin/gateway.h"
#include "port_vlans.h"

enum { BRIDGE_UP_TIMEOUT_MS = 5000 };

/* What an ADD works with. */
struct attaching {
	const struct bridge_conf *conf;
	struct pair *pair;
	struct link bridge;
	bool sends; /* the bridge, before it has the port */
};

static int ensure_bridge(struct attaching *a, struct cni_error *err)
{
	const struct bridge_spec spec = {
		.name = a->conf->bridge,
		.mtu = a->conf->mtu,
		.vlan_filtering = bridge_conf_has_vlans(a->conf),
		.promisc = a->conf->promisc,
		.dad = a->conf->enable_dad,
		.pin = a->conf->is_gateway,
	};
	bool created;
	int r = bridge_ensure(&a->pair->at.host, &spec, &a->bridge, &created, err);

	/*
	 * The state of a bridge that somebody else made can stay UNKNOWN for good, and it works all
	 * the same. One that is new is so only until the kernel has looked at its carrier.
	 */
	a->sends = r == 0 && (a->bridge.operstate == IF_OPER_UP ||
			      (!created && a->bridge.operstate == IF_OPER_UNKNOWN &&
			       (a->bridge.flags & IFF_RUNNING)));
	return r;
}

/* dhcp speaks through the port, before there is an address: the check of MACs is there already. */
static int open_for_ipam(struct attaching *a, struct cni_error *err)
{
	struct pair *pair = a->pair;
	const struct link *port = &pair->veth.host.link;
	int r;

	if (!ipam_is_on_link(pair->call) || !bridge_conf_is_checked(a->conf))
		return 0;
	rules_wish_macspoof(&pair->rules, port->name, pair->veth.container_mac);
	r = rules_set(&pair->rules, err);
	if (r < 0)
		return r;
	r = link_set_up(&pair->at.host, port->index);
	return r < 0 ? cni_fail(err, CNI_ERR_LINK, -r, "failed to set %s up", port->name) : 0;
}

static int make_pair(struct attaching *a, struct cni_error *err)
{
	const struct bridge_conf *conf = a->conf;
	struct pair *pair = a->pair;
	struct veth_spec spec = {
		.container_mac = conf->has_mac ? conf->mac : NULL,
		.mtu = conf->mtu,
		.master = a->bridge.index,
		.isolated = conf->isolated,
		.is_checked = bridge_conf_is_checked(conf),
	};
	int r;

	pair->dad = conf->enable_dad;
	pair->accept_ra = conf->accept_ra;
	pair->alt_name = conf->alt_name;
	r = pair_make(pair, &spec, conf->disable_container_interface, err);

	if (r == 0 && bridge_conf_has_vlans(conf))
		r = vlan_set_port(&pair->at.host, pair->veth.host.link.index, conf, err);
	return r ?: open_for_ipam(a, err) ?: pair_hear_ipam(pair, conf->mtu, err);
}

static void list_bridge(struct attaching *a, const struct link *bridge)
{
	char mac[MAC_TEXT];

	(void)result_add_interface(&a->pair->result, bridge->name, mac_print(bridge->mac, mac),
				   NULL);
}

static struct interface_spec list_interfaces(struct attaching *a)
{
	struct link joined;

	/* The port may have changed the MAC of a bridge that nobody pinned. */
	if (!bridge_is_pinned(&a->bridge) &&
	    link_get_index(&a->pair->at.host, a->bridge.index, &joined) == 0)
		memcpy(a->bridge.mac, joined.mac, MAC_SIZE);
	list_bridge(a, &a->bridge);
	return pair_list(a->pair);
}

/* A bridge with the subnet of another link works only if it had it first. */
static void warn_of_rival(struct attaching *a, const struct gateways *gateways,
			  const struct link *gateway_link)
{
	for (size_t i = 0; gateways->count && i < a->pair->result.ip_count; i++) {
		const struct prefix *address = &a->pair->result.ips[i].address;
		const struct prefix subnet = prefix_network(address);
		char rival[IFNAMSIZ], text[PREFIX_TEXT];

		if (rival_find(&a->pair->at.host, &subnet, &address->addr, gateway_link->index,
			       rival) > 0)
			cni_warn(
				"the host sends packets for containers in %s to %s instead of %s, for it has that subnet, too; choose another for one of them",
				prefix_print(&subnet, text), rival, gateway_link->name);
	}
}

/* The gateways are on the bridge, or with a VLAN on an interface of its own. */
static int ensure_gateways(struct attaching *a, struct cni_error *err)
{
	cleanup_gateways struct gateways gateways = { 0 };
	const struct bridge_conf *conf = a->conf;
	struct netlink *host = &a->pair->at.host;
	struct link link = a->bridge;
	int r = gateway_plan(&a->pair->result, conf->is_gateway, conf->is_default_gateway,
			     &gateways, err);

	if (r < 0 || !gateways.count)
		return r;
	if (conf->vlan) {
		r = vlan_ensure_gateway(host, &a->bridge, conf, &link, err);
		if (r < 0)
			return r;
		list_bridge(a, &link);
	}
	r = address_ensure(host, &link, &gateways, conf->force_address, conf->enable_dad, err);
	if (r == 0)
		warn_of_rival(a, &gateways, &link);
	return r;
}

/* No frame passes the port before its checks are there. */
static int set_rules(struct attaching *a, struct cni_error *err)
{
	struct pair *pair = a->pair;
	const struct link *port = &pair->veth.host.link;
	int r;

	rules_wish_anew(&pair->rules);
	bridge_wish_rules(pair, a->conf, port->name, pair->veth.container_mac);
	r = rules_set(&pair->rules, err);
	if (r < 0 || !bridge_conf_is_checked(a->conf))
		return r;
	r = link_set_up(&pair->at.host, port->index);
	return r < 0 ? cni_fail(err, CNI_ERR_LINK, -r, "failed to set %s up", port->name) : 0;
}

static int wait_for_port(struct attaching *a, struct cni_error *err)
{
	uint8_t state = 0;
	int r = pair_wait_up(a->pair, &state, err);

	if (r == -ETIMEDOUT) {
		cni_error_release(err);
		(void)cni_fail(err, CNI_ERR_LINK, 0, "bridge port in error state: %s",
			       operstate_name(state));
		cni_error_details(err, "look at: bridge -d link show dev %s",
				  a->pair->veth.host.link.name);
	}
	if (r < 0)
		return r;
	/*
	 * The first port brings the bridge's carrier; the host can send through it only after that.
	 */
	if (a->conf->is_gateway && !a->sends)
		ignore(link_wait_up(&a->pair->at.host, a->bridge.index, BRIDGE_UP_TIMEOUT_MS,
				    &state));
	return 0;
}

/* Steps 7 and 8. */
static int bring_up(struct attaching *a, struct interface_spec *spec, struct cni_error *err)
{
	cleanup_announcer struct announcer announcer = ANNOUNCER_NONE;
	struct pair *pair = a->pair;
	int r;

	r = interface_configure(&pair->at, spec, &pair->result, &announcer, err)
		    ?: wait_for_port(a, err);
	if (r < 0)
		return r;
	interface_announce(&pair->at, &announcer, spec, pair->veth.container_mac, &pair->result);
	return 0;
}

static int attach_container(struct attaching *a, struct cni_error *err)
{
	struct interface_spec spec;
	int r;

	r = ensure_bridge(a, err) ?: make_pair(a, err);
	if (r < 0)
		return r;
	spec = list_interfaces(a);
	return ensure_gateways(a, err)
		       ?: set_rules(a, err)
		       ?: (a->conf->disable_container_interface ? 0 : bring_up(a, &spec, err))
		       ?: (a->conf->hairpin ? veth_set_hairpin(&a->pair->veth, err) : 0);
}

int bridge_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_conf struct bridge_conf conf = { 0 };
	undo_pair struct pair pair = pair_of(call);
	struct attaching attaching = { .conf = &conf, .pair = &pair };

	return bridge_conf_read(call, &conf, err)
		       ?: bridge_conf_check_add(call, &conf, err)
		       ?: pair_open(&pair, bridge_conf_has_rules(&conf), err)
		       ?: attach_container(&attaching, err)
		       ?: pair_answer(&pair, out, err);
}
