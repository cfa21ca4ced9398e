/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the host gets an interface of its own on a bridge. */
#include "net/veth_local.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/machine.h"
#include "types/owner.h"

static void derive_port_name(const char *interface, char ret[IFNAMSIZ])
{
	struct owner owner = { 0 };

	(void)snprintf(owner.text, sizeof(owner.text), "gateway of %s",
		       interface); /* fits: a name is short */
	owner_link_name(&owner, 0, ret);
}

static void put_end(struct nl_msg *msg, const char *name, const char *role, int mtu)
{
	const struct machine machine = machine_read();
	uint8_t mac[MAC_SIZE];

	machine_mac(&machine, name, role, mac);
	nla_put_string(msg, IFLA_IFNAME, name);
	nla_put(msg, IFLA_ADDRESS, sizeof(mac), mac);
	nla_put_u32(msg, IFLA_MTU, (uint32_t)mtu);
}

/* The kernel makes the peer first, so the port is the peer and gets the lower index. */
static struct nl_msg *make_request(const struct veth_local_spec *spec, const char *port)
{
	const struct ifinfomsg header = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct nl_msg *msg = netlink_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header,
					     sizeof(header));
	/* Down: the kernel would open the peer before it has tied the two together. */
	const struct ifinfomsg peer_header = { .ifi_family = AF_UNSPEC };
	struct nlattr *info, *data, *peer;

	put_end(msg, spec->name, "gateway", spec->mtu);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, "veth");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	peer = nla_nest_start(msg, VETH_INFO_PEER);
	nlmsg_append(msg, (void *)&peer_header, sizeof(peer_header), NLMSG_ALIGNTO);
	put_end(msg, port, "port", spec->mtu);
	nla_nest_end(msg, peer);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return msg;
}

int veth_local_join(struct netlink *host, int port, int master)
{
	const struct ifinfomsg header = { .ifi_index = port,
					  .ifi_flags = IFF_UP,
					  .ifi_change = IFF_UP };
	struct nl_msg *msg = netlink_request(RTM_NEWLINK, 0, &header, sizeof(header));

	nla_put_u32(msg, IFLA_MASTER, (uint32_t)master);
	return netlink_call(host, msg);
}

int veth_local_find_port(struct netlink *host, const struct link *interface, struct link *ret)
{
	const struct machine machine = machine_read();
	char name[IFNAMSIZ];
	struct link port;
	int r;

	derive_port_name(interface->name, name);
	if (!text_equal(interface->kind, "veth") || interface->peer_is_elsewhere ||
	    interface->peer <= 0)
		return 0;
	r = link_get_index(host, interface->peer, &port);
	if (r < 0)
		return r == -ENODEV ? 0 : r;
	if (port.peer != interface->index || port.peer_is_elsewhere ||
	    !text_equal(port.name, name) || !text_equal(port.kind, "veth") ||
	    !machine_made_mac(&machine, name, "port", port.mac))
		return 0;
	*ret = port;
	return 1;
}

static int fail(struct netlink *host, int r, const char *what, const char *name,
		struct cni_error *err)
{
	(void)cni_fail(err, CNI_ERR_LINK, -r, "failed to %s %s", what, name);
	if (*host->reason)
		cni_error_details(err, "kernel: %s", host->reason);
	return r;
}

int veth_local_create(struct netlink *host, const struct veth_local_spec *spec, struct link *ret,
		      struct link *ret_port, struct cni_error *err)
{
	char port[IFNAMSIZ];
	int r;

	derive_port_name(spec->name, port);
	r = netlink_call(host, make_request(spec, port));
	if (r < 0 && r != -EEXIST)
		return fail(host, r, "create the VLAN gateway", spec->name, err);
	if (link_get(host, spec->name, ret) < 0)
		return fail(host, r < 0 ? r : -ENODEV, "create the VLAN gateway", spec->name, err);
	if (r == -EEXIST)
		return 0;
	r = veth_local_find_port(host, ret, ret_port);
	if (r == 0)
		r = -ENODEV; /* somebody else's pair has the name by now */
	if (r < 0)
		return fail(host, r, "find the port of the VLAN gateway", spec->name, err);
	r = veth_local_join(host, ret_port->index, spec->master);
	if (r < 0) {
		(void)fail(host, r, "join the bridge with the VLAN gateway", spec->name, err);
		ignore(link_delete(host, ret)); /* the first failure is reported */
		return r;
	}
	return 1;
}
