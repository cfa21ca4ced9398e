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

#include "address.h"
#include "base/warn.h"
#include "bridge_conf.h"
#include "bridge_verbs.h"
#include "gateway.h"
#include "net/attach.h"
#include "net/bridge.h"
#include "net/rival.h"
#include "net/veth.h"
#include "plugin/interface.h"
#include "plugin/ipam.h"
#include "plugin/pair.h"
#include "plugin/rules.h"
#include "port_vlans.h"

enum {
	BRIDGE_INDEX, /* places in the result's interfaces */
	HOST_INDEX,
	CONTAINER_INDEX,
	PORT_UP_TIMEOUT_MS = 5000,
};

/*
 * Everything an ADD works with. Undone from the last member to the first, the lease at the very
 * end.
 */
struct attaching {
	struct cni_call *call;
	const struct bridge_conf *conf;
	struct attach *at;
	struct rules *rules;
	struct lease *lease;
	struct veth *veth;
	struct link bridge;
	char port[IFNAMSIZ]; /* the host end's name */
	struct result result;
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

	return bridge_ensure(&a->at->host, &spec, &a->bridge, &created, err);
}

static int make_pair(struct attaching *a, struct cni_error *err)
{
	const struct veth_spec spec = {
		.container_name = a->call->ifname,
		.owner = &a->rules->owner,
		.container_mac = a->conf->has_mac ? a->conf->mac : NULL,
		.mtu = a->conf->mtu,
		.master = a->bridge.index,
		.isolated = a->conf->isolated,
		.is_checked = bridge_conf_is_checked(a->conf),
	};
	int r = veth_create(a->at, &spec, a->port, a->veth, err);

	if (r == 0 && bridge_conf_has_vlans(a->conf))
		r = vlan_set_port(&a->at->host, a->veth->host_end.index, a->conf, err);
	return r;
}

static void list_interfaces(struct attaching *a)
{
	char mac[MAC_TEXT];
	struct link joined;

	/* The port may have changed the MAC of a bridge that nobody pinned. */
	if (!bridge_is_pinned(&a->bridge) &&
	    link_get_index(&a->at->host, a->bridge.index, &joined) == 0)
		memcpy(a->bridge.mac, joined.mac, MAC_SIZE);
	(void)result_add_interface(&a->result, a->conf->bridge, mac_print(a->bridge.mac, mac),
				   NULL);
	(void)result_add_interface(&a->result, a->veth->host_end.name,
				   mac_print(a->veth->host_end.mac, mac), NULL);
	(void)result_add_interface(&a->result, a->call->ifname,
				   mac_print(a->veth->container_mac, mac), a->call->netns);
}

/* The interface that carries the gateways: the bridge, or with a VLAN an interface of its own. */
static int find_gateway_link(struct attaching *a, const struct gateways *gateways, struct link *ret,
			     struct cni_error *err)
{
	char mac[MAC_TEXT];
	int r;

	*ret = a->bridge;
	if (!a->conf->vlan || !gateways->count)
		return 0;
	r = vlan_ensure_gateway(&a->at->host, &a->bridge, a->conf, ret, err);
	if (r == 0)
		(void)result_add_interface(&a->result, ret->name, mac_print(ret->mac, mac), NULL);
	return r;
}

/* No frame passes the port before its checks are there. */
static int set_rules(struct attaching *a, struct cni_error *err)
{
	const char *port = a->veth->host_end.name;
	int r;

	if (a->conf->ip_masq && ipam_is_set(a->call))
		rules_wish_masquerade(a->rules, &a->result);
	if (a->conf->macspoofchk)
		rules_wish_macspoof(a->rules, port, a->veth->container_mac);
	if (a->conf->ipspoofchk)
		rules_wish_ipspoof(a->rules, port, a->veth->container_mac, &a->result);
	r = rules_set(a->rules, err);
	if (r < 0 || !bridge_conf_is_checked(a->conf))
		return r;
	r = link_set_up(&a->at->host, a->veth->host_end.index);
	return r < 0 ? cni_fail(err, CNI_ERR_LINK, -r, "failed to set %s up", port) : 0;
}

/* A bridge with the subnet of another link works only if it had it first. */
static void warn_of_rival(struct attaching *a, const struct gateways *gateways,
			  const struct link *gateway_link)
{
	for (size_t i = 0; gateways->count && i < a->result.ip_count; i++) {
		const struct prefix *address = &a->result.ips[i].address;
		const struct prefix subnet = prefix_network(address);
		char rival[IFNAMSIZ], text[PREFIX_TEXT];

		if (rival_find(&a->at->host, &subnet, &address->addr, gateway_link->index, rival) >
		    0)
			cni_warn(
				"the host sends packets for containers in %s to %s instead of %s, for it has that subnet, too; choose another for one of them",
				prefix_print(&subnet, text), rival, gateway_link->name);
	}
}

/* Steps 3 to 5; the pair is made while the IPAM plugin works. */
static int make_pair_with_addresses(struct attaching *a, struct cni_error *err)
{
	cleanup_gateways struct gateways gateways = { 0 };
	struct link gateway_link;
	int r;

	r = ipam_start(a->call, pair_is_vacant(a->at, a->call->ifname), a->lease, err)
		    ?: make_pair(a, err)
		    ?: ipam_finish(a->lease, &a->result, err);
	if (r < 0)
		return r;
	list_interfaces(a);
	r = ipam_check_mtu_of_result(&a->result, a->conf->mtu, err);
	if (r < 0)
		return r;
	r = gateway_plan(&a->result, CONTAINER_INDEX, a->conf->is_gateway,
			 a->conf->is_default_gateway, &gateways, err)
		    ?: find_gateway_link(a, &gateways, &gateway_link, err)
		    ?: address_ensure(&a->at->host, &gateway_link, &gateways,
				      a->conf->force_address, a->conf->enable_dad, err);
	if (r == 0)
		warn_of_rival(a, &gateways, &gateway_link);
	return r;
}

static int wait_for_port(struct attaching *a, struct cni_error *err)
{
	uint8_t state = 0;
	int r = link_wait_up(&a->at->host, a->veth->host_end.index, PORT_UP_TIMEOUT_MS, &state);

	if (r == -ETIMEDOUT) {
		(void)cni_fail(err, CNI_ERR_LINK, 0, "bridge port in error state: %s",
			       operstate_name(state));
		cni_error_details(err, "look at: bridge -d link show dev %s",
				  a->veth->host_end.name);
		return r;
	}
	if (r < 0)
		return cni_fail(err, r == -EINTR ? CNI_ERR_TRY_LATER : CNI_ERR_LINK, -r,
				"failed to wait for %s to come up", a->veth->host_end.name);
	/*
	 * The first port brings the bridge's carrier; the host can send through it only after that.
	 */
	if (a->conf->is_gateway && a->bridge.operstate != IF_OPER_UP)
		ignore(link_wait_up(&a->at->host, a->bridge.index, PORT_UP_TIMEOUT_MS, &state));
	return 0;
}

/* Steps 7 and 8. */
static int bring_up(struct attaching *a, struct cni_error *err)
{
	const struct interface_spec spec = {
		.name = a->call->ifname,
		.link = a->veth->container_index,
		.result_index = CONTAINER_INDEX,
		.dad = a->conf->enable_dad,
		.accept_ra = a->conf->accept_ra,
	};
	cleanup_announcer struct announcer announcer = ANNOUNCER_NONE;
	int r = 0;

	if (ipam_is_set(a->call))
		r = interface_prepare(a->at, &spec, &a->result, &announcer, err);
	if (r == 0)
		r = interface_configure(a->at, &spec, &a->result, err);
	if (r == 0)
		r = wait_for_port(a, err);
	if (r < 0)
		return r;
	interface_announce(a->at, &announcer, &spec, a->veth->container_mac, &a->result);
	return 0;
}

static int attach_container(struct attaching *a, struct text *out, struct cni_error *err)
{
	int r;

	r = ensure_bridge(a, err)
		    ?: pair_claim_name(a->call, &a->at->host, &a->rules->owner,
				       a->conf->disable_container_interface, a->port, err);
	if (r < 0)
		return r;
	if (ipam_is_set(a->call)) {
		r = make_pair_with_addresses(a, err);
	} else {
		r = make_pair(a, err);
		if (r == 0)
			list_interfaces(a);
	}
	if (r == 0)
		r = set_rules(a, err);
	if (r == 0 && !a->conf->disable_container_interface)
		r = bring_up(a, err);
	if (r == 0 && a->conf->hairpin)
		r = veth_set_hairpin(a->veth, err);
	if (r == 0)
		r = netconf_override_dns(&a->call->conf, &a->result.dns, err);
	if (r == 0)
		r = result_print(&a->result, a->call->conf.version, out, err);
	return r;
}

static void attaching_release(struct attaching *a)
{
	result_release(&a->result);
}

int bridge_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_conf struct bridge_conf conf = { 0 };
	undo_lease struct lease lease = { 0 };
	undo_rules struct rules rules = rules_of(call);
	cleanup_attach struct attach at = ATTACH_CLOSED;
	undo_veth struct veth veth = { 0 };
	cleanup_with(attaching_release) struct attaching attaching = {
		.call = call,
		.conf = &conf,
		.at = &at,
		.rules = &rules,
		.lease = &lease,
		.veth = &veth,
	};
	int r;

	r = bridge_conf_read(call, &conf, err)
		    ?: bridge_conf_check_add(call, &conf, err)
		    ?: attach_open(&at, call->netns, call->allow_own_netns, err)
		    ?: attach_open_container(&at, err);
	if (r == 0 && bridge_conf_has_rules(&conf))
		r = rules_open(&rules, err);
	if (r == 0)
		r = attach_container(&attaching, out, err);
	if (r < 0)
		return r;
	veth_keep(&veth);
	rules_keep(&rules);
	lease_keep(&lease);
	return 0;
}
