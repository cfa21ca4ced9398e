/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * STATUS: would an ADD succeed? nftables usable, a sound bridge with room for a port, no address in
 * the way, then the IPAM.
 */
#include <errno.h>

#include "base/alloc.h"
#include "bridge_conf.h"
#include "bridge_verbs.h"
#include "lease/range_conf.h"
#include "net/attach.h"
#include "net/bridge.h"
#include "net/ifaddr.h"
#include "net/rival.h"
#include "nft/ipspoof.h"
#include "nft/macspoof.h"
#include "nft/masquerade.h"
#include "plugin/gateway.h"
#include "plugin/ipam.h"
#include "plugin/rules.h"

/* The gateways that the configured ranges lead to, as far as they can be told before an ADD. */
static void expect_gateway(const cJSON *object, void *data)
{
	cleanup_with(range_release) struct range range = { 0 };
	struct gateways *gateways = data;

	if (range_parse(object, "", &range, NULL) < 0 || range_settle(&range, NULL) < 0 ||
	    !addr_is_set(&range.gateway))
		return;
	gateways->items = xgrow(gateways->items, gateways->count, sizeof(*gateways->items));
	gateways->items[gateways->count++] = (struct prefix){ .addr = range.gateway,
							      .len = range.subnet.len };
}

static int check_addresses(struct netlink *host, const struct link *bridge,
			   const struct cni_call *call, struct cni_error *err)
{
	cleanup_gateways struct gateways gateways = { 0 };
	cleanup_ifaddrs struct ifaddrs present = { 0 };

	range_each(call->conf.ipam, expect_gateway, &gateways);
	if (ifaddr_list(host, bridge->index, AF_UNSPEC, &present) < 0)
		return 0; /* the ADD will tell */
	for (size_t i = 0; i < present.count; i++) {
		const struct prefix *wanted;
		char have[PREFIX_TEXT], want[PREFIX_TEXT];
		int r;

		if (present.items[i].scope != 0 ||
		    !gateway_conflicts(&gateways, &present.items[i].address, &wanted))
			continue;
		r = cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0,
			     "\"%s\" already has an IP address different from %s", bridge->name,
			     prefix_print(wanted, want));
		cni_error_details(err, "it has %s; remove it or set forceAddress",
				  prefix_print(&present.items[i].address, have));
		return r;
	}
	return 0;
}

/*
 * Asked for the address behind the gateway, which a container would have. `own` is the link with
 * the gateways, 0 when an ADD makes it.
 */
static int check_rivals(struct netlink *host, const struct cni_call *call, int own,
			struct cni_error *err)
{
	cleanup_gateways struct gateways gateways = { 0 };

	range_each(call->conf.ipam, expect_gateway, &gateways);
	for (size_t i = 0; i < gateways.count; i++) {
		const struct prefix subnet = prefix_network(&gateways.items[i]);
		const struct addr next = addr_plus(&gateways.items[i].addr, 1);
		char rival[IFNAMSIZ], text[PREFIX_TEXT];
		int r;

		if (!prefix_contains(&subnet, &next) ||
		    rival_find(host, &subnet, &next, own, rival) <= 0)
			continue;
		r = cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0,
			     "%s has the subnet %s, too, and the host sends packets there", rival,
			     prefix_print(&subnet, text));
		cni_error_details(err, "choose another subnet for one of them");
		return r;
	}
	return 0;
}

static int check_bridge(struct netlink *host, const struct cni_call *call,
			const struct bridge_conf *conf, struct cni_error *err)
{
	struct link bridge;
	int ports;
	int r;

	r = link_get(host, conf->bridge, &bridge);
	if (r == -ENODEV) /* an ADD makes it */
		return conf->is_gateway ? check_rivals(host, call, 0, err) : 0;
	if (r < 0)
		return cni_fail(err, CNI_ERR_NOT_AVAILABLE, -r, "failed to look up bridge %s",
				conf->bridge);
	if (!text_equal(bridge.kind, "bridge"))
		return cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0,
				"%s exists and is no bridge; rename it or choose another bridge",
				conf->bridge);
	ports = bridge_count_ports(host, bridge.index);
	if (ports >= BRIDGE_MAX_PORTS)
		return cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0,
				"bridge %s has %d ports, the kernel allows no more", conf->bridge,
				ports);
	if (!conf->is_gateway)
		return 0;
	r = conf->force_address ? 0 : check_addresses(host, &bridge, call, err);
	/* With a VLAN the gateways are on a link of their own, which only an ADD knows. */
	return r < 0 || conf->vlan ? r : check_rivals(host, call, bridge.index, err);
}

static int check_tables(const struct cni_call *call, const struct bridge_conf *conf,
			struct cni_error *err)
{
	const struct owned_table *const tables[] = {
		conf->ip_masq ? &masquerade_table : NULL,
		conf->macspoofchk ? &macspoof_table : NULL,
		conf->ipspoofchk ? &ipspoof_table : NULL,
	};

	return rules_status(call, tables, array_size(tables), err);
}

int bridge_status(struct cni_call *call, struct cni_error *err)
{
	cleanup_conf struct bridge_conf conf = { 0 };
	cleanup_attach struct attach at = ATTACH_CLOSED;

	return bridge_conf_read(call, &conf, err)
		       ?: ipam_check_mtu(call, conf.mtu, err)
		       ?: attach_open(&at, "", true, err)
		       ?: (bridge_conf_has_rules(&conf) ? check_tables(call, &conf, err) : 0)
		       ?: check_bridge(&at.host, call, &conf, err)
		       ?: ipam_status(call, err);
}
