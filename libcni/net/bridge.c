/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a bridge comes to be and what an existing one must be like. */
#include "net/bridge.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/link_create.h"
#include "net/machine.h"
#include "net/sysctl.h"

static void derive_mac(const char *name, uint8_t ret[MAC_SIZE])
{
	char text[sizeof("bridge:") + IFNAMSIZ];
	const struct machine machine = machine_read();

	(void)snprintf(text, sizeof(text), "bridge:%s", name);
	machine_mac(&machine, text, "bridge", ret);
}

struct options {
	bool vlan_filtering;
};

/* libnl-route 3.7 does not know this option. */
static void put_options(struct nl_msg *msg, const void *data)
{
	const struct options *options = data;

	if (options->vlan_filtering)
		netlink_put_u8(msg, IFLA_BR_VLAN_FILTERING, 1);
}

static const struct link_kind kind = { .name = "bridge", .put = put_options };

static int make_bridge(struct netlink *host, const struct bridge_spec *spec)
{
	const struct options options = { .vlan_filtering = spec->vlan_filtering };
	uint8_t mac[MAC_SIZE];

	derive_mac(spec->name, mac);
	return link_create(host, &(struct link_spec){
					 .name = spec->name,
					 .kind = &kind,
					 .options = &options,
					 .mac = mac,
					 .mtu = spec->mtu,
				 });
}

static int fail_vlan_support(const char *name, struct cni_error *err)
{
	(void)cni_fail(err, CNI_ERR_LINK, 0,
		       "bridge %s cannot have VLANs: this kernel has no bridge VLAN filtering",
		       name);
	cni_error_details(
		err,
		"use a kernel with CONFIG_BRIDGE_VLAN_FILTERING, or take vlan and vlanTrunk out of the configuration");
	return -EOPNOTSUPP;
}

static int fail_create(const struct netlink *host, const struct bridge_spec *spec, int errnum,
		       struct cni_error *err)
{
	/* Without bridges at all the kernel says that it does not know the kind. */
	if (errnum == EOPNOTSUPP && spec->vlan_filtering && !host->reason[0])
		return fail_vlan_support(spec->name, err);
	if (spec->mtu > 0)
		(void)netlink_fail(host, err, -errnum, "cannot create bridge %s with mtu %d",
				   spec->name, spec->mtu);
	else
		(void)netlink_fail(host, err, -errnum, "cannot create bridge %s", spec->name);
	if (errnum == EOPNOTSUPP)
		cni_error_details(err, "load the kernel module bridge");
	return -errnum;
}

/* Asked again after creation: a kernel may ignore an attribute that it does not know. */
static int check_vlan_filtering(const struct bridge_spec *spec, const struct link *bridge,
				struct cni_error *err)
{
	if (!spec->vlan_filtering || bridge->vlan_filtering)
		return 0;
	if (!bridge->has_vlan_filtering)
		return fail_vlan_support(spec->name, err);
	(void)cni_fail(
		err, CNI_ERR_CONFLICT, 0,
		"bridge %s exists and does not filter VLANs, so VLAN settings would have no effect",
		spec->name);
	cni_error_details(
		err,
		"run \"ip link set %s type bridge vlan_filtering 1\", use another bridge, or take vlan and vlanTrunk out of the configuration",
		spec->name);
	return -EEXIST;
}

/* Applies the change and notes it in `bridge`. */
static int change_bridge(struct netlink *host, struct link *bridge,
			 const struct link_change *change, struct cni_error *err)
{
	int r;

	if (!change->on && !change->mac && !change->alias)
		return 0;
	r = netlink_call(host, link_change_request(bridge->index, change));
	if (r < 0)
		return netlink_fail(host, err, r, "cannot configure bridge %s", bridge->name);
	bridge->flags |= change->on;
	if (change->mac)
		memcpy(bridge->mac, change->mac, MAC_SIZE);
	if (change->alias)
		(void)snprintf(bridge->alias, sizeof(bridge->alias), "%s", change->alias);
	return 0;
}

static int accept_bridge(struct netlink *host, const struct bridge_spec *spec, struct link *bridge,
			 struct cni_error *err)
{
	static const uint8_t zero[MAC_SIZE];
	const bool adopt = spec->pin && !bridge->alias[0];
	struct link_change change = { 0 };
	uint8_t mac[MAC_SIZE];
	int r;

	if (!text_equal(bridge->kind, "bridge")) {
		(void)cni_fail(err, CNI_ERR_CONFLICT, 0, "%s exists but is no bridge: it is a %s",
			       spec->name, bridge->kind[0] ? bridge->kind : "network device");
		cni_error_details(err, "choose another bridge name, or remove the device");
		return -EEXIST;
	}
	r = check_vlan_filtering(spec, bridge, err);
	if (r < 0)
		return r;
	memcpy(mac, bridge->mac, MAC_SIZE);
	/*
	 * A bridge that nobody pinned loses its MAC with its last port; no address can be put on
	 * it then.
	 */
	if (memcmp(mac, zero, MAC_SIZE) == 0)
		derive_mac(spec->name, mac);
	if (adopt || memcmp(mac, bridge->mac, MAC_SIZE) != 0)
		change.mac = mac;
	if (adopt)
		change.alias = BRIDGE_ALIAS_ADOPTED;
	if (!(bridge->flags & IFF_UP))
		change.on |= IFF_UP;
	if (spec->promisc && !(bridge->flags & IFF_PROMISC))
		change.on |= IFF_PROMISC;
	return change_bridge(host, bridge, &change, err);
}

static int get_bridge(struct netlink *host, const char *name, struct link *ret,
		      struct cni_error *err)
{
	int r = link_get(host, name, ret);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot look up bridge %s", name);
	return 0;
}

/* -EEXIST, without an error, when another process was quicker. */
static int create_bridge(struct netlink *host, const struct bridge_spec *spec, struct link *ret,
			 struct cni_error *err)
{
	undo_link struct made_link made = { .nl = NULL };
	int r;

	if (strlen(spec->name) >= IFNAMSIZ)
		return fail_create(host, spec, ERANGE, err);
	r = make_bridge(host, spec);
	if (r == -EEXIST)
		return r;
	if (r < 0)
		return fail_create(host, spec, -r, err);
	r = get_bridge(host, spec->name, ret, err);
	if (r < 0)
		return r;
	made = (struct made_link){ .nl = host, .link = *ret };
	r = check_vlan_filtering(spec, ret, err);
	if (r < 0)
		return r;
	link_keep(&made);
	/*
	 * So that the host can send IPv6 on behalf of others at once; its MAC is of our making.
	 * Best effort.
	 */
	if (!spec->dad)
		ignore(sysctl_write_link("ipv6", spec->name, "accept_dad", "0"));
	return change_bridge(host, ret,
			     &(struct link_change){
				     .on = IFF_UP | (spec->promisc ? IFF_PROMISC : 0),
				     .alias = BRIDGE_ALIAS,
			     },
			     err);
}

int bridge_ensure(struct netlink *host, const struct bridge_spec *spec, struct link *ret,
		  bool *ret_created, struct cni_error *err)
{
	struct link bridge = { 0 };
	bool created = false;
	int r = link_get(host, spec->name, &bridge);

	if (r < 0 && r != -ENODEV)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot look up bridge %s", spec->name);
	if (r == -ENODEV) {
		r = create_bridge(host, spec, &bridge, err);
		created = r == 0;
		if (r < 0 && r != -EEXIST)
			return r;
		if (r == -EEXIST)
			r = get_bridge(host, spec->name, &bridge, err);
		if (r < 0)
			return r;
	}
	if (!created) {
		r = accept_bridge(host, spec, &bridge, err);
		if (r < 0)
			return r;
	}
	/* Containers are no routers to the host. Best effort: /proc/sys may be read-only. */
	if (bridge.accept_ra != 0)
		ignore(sysctl_write_link("ipv6", bridge.name, "accept_ra", "0"));
	*ret = bridge;
	*ret_created = created;
	return 0;
}

bool bridge_is_pinned(const struct link *bridge)
{
	return text_equal(bridge->alias, BRIDGE_ALIAS) ||
	       text_equal(bridge->alias, BRIDGE_ALIAS_ADOPTED);
}

struct port_count {
	int bridge, ports;
};

static int count_port(const struct nlmsghdr *answer, void *data)
{
	struct port_count *count = data;
	struct link link;
	int r = link_parse(answer, &link);

	/* Kernels without the filter tell all links. */
	if (r == 0 && link.master == count->bridge)
		count->ports++;
	return r;
}

static void restart_count(void *data)
{
	struct port_count *count = data;

	count->ports = 0;
}

int bridge_count_ports(struct netlink *host, int bridge)
{
	const struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct port_count count = { .bridge = bridge };
	struct nl_msg *msg = netlink_request(RTM_GETLINK, 0, &header, sizeof(header));
	int r;

	netlink_put_u32(msg, IFLA_MASTER, (uint32_t)bridge);
	netlink_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	r = netlink_list(host, msg, count_port, restart_count, &count);
	return r < 0 ? r : count.ports;
}
