/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the host gets an interface of its own on a bridge. */
#include "net/veth_local.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/link_create.h"
#include "net/machine.h"
#include "types/owner.h"

static void derive_port_name(const char *interface, char ret[IFNAMSIZ])
{
	struct owner owner = { 0 };

	(void)snprintf(owner.text, sizeof(owner.text), "gateway of %s",
		       interface); /* fits: a name is short */
	owner_link_name(&owner, 0, ret);
}

static void derive_mac(const char *name, const char *role, uint8_t ret[MAC_SIZE])
{
	const struct machine machine = machine_read();

	machine_mac(&machine, name, role, ret);
}

/* The kernel makes the peer first, so the port is the peer and gets the lower index. */
static int make_pair(struct netlink *host, const struct veth_local_spec *spec, const char *port)
{
	uint8_t port_mac[MAC_SIZE], mac[MAC_SIZE];
	/* Down: the kernel would open the peer before it has tied the two together. */
	const struct link_spec peer = { .name = port, .mac = port_mac, .mtu = spec->mtu };

	derive_mac(port, "port", port_mac);
	derive_mac(spec->name, "gateway", mac);
	return link_create(host, &(struct link_spec){
					 .name = spec->name,
					 .kind = &link_kind_veth,
					 .options = &peer,
					 .mac = mac,
					 .mtu = spec->mtu,
					 .is_up = true,
				 });
}

int veth_local_join(struct netlink *host, int port, int master)
{
	const struct link_change change = { .on = IFF_UP, .master = master };

	return netlink_call(host, link_change_request(port, &change));
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
	return netlink_fail(host, err, r, "failed to %s %s", what, name);
}

static int join(struct netlink *host, const struct veth_local_spec *spec, struct link *interface,
		struct link *ret_port, struct cni_error *err)
{
	undo_link struct made_link made = { .nl = NULL };
	int r = veth_local_find_port(host, interface, ret_port);

	if (r == 0)
		r = -ENODEV; /* somebody else's pair has the name by now */
	if (r < 0)
		return fail(host, r, "find the port of the VLAN gateway", spec->name, err);
	made = (struct made_link){ .nl = host, .link = *interface };
	r = veth_local_join(host, ret_port->index, spec->master);
	if (r < 0)
		return fail(host, r, "join the bridge with the VLAN gateway", spec->name, err);
	link_keep(&made);
	return 1;
}

int veth_local_create(struct netlink *host, const struct veth_local_spec *spec, struct link *ret,
		      struct link *ret_port, struct cni_error *err)
{
	char port[IFNAMSIZ];
	int r;

	derive_port_name(spec->name, port);
	r = make_pair(host, spec, port);
	if (r < 0 && r != -EEXIST)
		return fail(host, r, "create the VLAN gateway", spec->name, err);
	if (link_get(host, spec->name, ret) < 0)
		return fail(host, r < 0 ? r : -ENODEV, "create the VLAN gateway", spec->name, err);
	return r == -EEXIST ? 0 : join(host, spec, ret, ret_port, err);
}
