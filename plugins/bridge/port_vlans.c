/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the VLAN keys mean for ports. */
#include "port_vlans.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/sha512.h"
#include "net/bridge.h"
#include "net/veth_local.h"
#include "plugin/check.h"

enum { DEFAULT_VLAN = 1 };

static struct vlan_plan plan_port(const struct bridge_conf *conf)
{
	struct vlan_plan plan = {
		.native = conf->vlan,
		.tagged = conf->trunk.ids,
		.tagged_count = conf->trunk.count,
		.keep_default = conf->preserve_default_vlan,
	};

	if (!conf->vlan && conf->trunk.count)
		plan.native = DEFAULT_VLAN;
	return plan;
}

int vlan_set_port(struct netlink *host, int port, const struct bridge_conf *conf,
		  struct cni_error *err)
{
	const struct vlan_plan plan = plan_port(conf);

	return plan.native ? bridge_set_vlans(host, port, &plan, err) : 0;
}

struct membership {
	const struct vlan_plan *plan;
	size_t found; /* of the wanted ones */
	int unwanted; /* an id, or 0 */
	bool native;
};

static int compare_ids(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static int note_vlan(uint16_t id, uint16_t flags, void *data)
{
	struct membership *m = data;

	if (id == m->plan->native)
		m->native = (flags & VLAN_PVID) && (flags & VLAN_UNTAGGED);
	else if (m->plan->tagged_count &&
		 bsearch(&id, m->plan->tagged, m->plan->tagged_count, sizeof(id), compare_ids))
		m->found++;
	else if (!m->plan->keep_default)
		m->unwanted = id;
	return 0;
}

/* The bridge's name, cut and told apart by a hash where it leaves no room for the VLAN. */
static void name_gateway(const char *bridge, int vlan, char ret[IFNAMSIZ])
{
	enum { HASH_DIGITS = 4 };
	cleanup_free char *name = xasprintf("%s.%d", bridge, vlan);
	size_t suffix = strlen(name) - strlen(bridge);
	char hash[HASH_DIGITS + 1];

	if (strlen(name) >= IFNAMSIZ) {
		int kept = IFNAMSIZ - 1 - HASH_DIGITS - (int)suffix;

		sha512_hex(bridge, HASH_DIGITS, hash);
		free(name);
		name = xasprintf("%.*s%s.%d", kept, bridge, hash, vlan);
	}
	memcpy(ret, name, strlen(name) + 1); /* fits: shortened above */
}

static struct vlan_plan plan_gateway(const struct bridge_conf *conf)
{
	return (struct vlan_plan){ .native = conf->vlan,
				   .keep_default = conf->preserve_default_vlan };
}

/* 1 when the gateway's port has its VLAN, 0 when not. */
static int has_vlan(struct netlink *host, const struct link *port, const struct bridge_conf *conf)
{
	const struct vlan_plan plan = plan_gateway(conf);
	struct membership m = { .plan = &plan };
	int r = bridge_each_vlan(host, port->index, note_vlan, &m);

	return r < 0 ? r : m.native;
}

/*
 * An ADD that was killed leaves a pair that is not joined to the bridge, or a port without its
 * VLAN.
 */
static int complete_gateway(struct netlink *host, const struct link *bridge,
			    const struct bridge_conf *conf, const struct link *gateway,
			    struct cni_error *err)
{
	const struct vlan_plan plan = plan_gateway(conf);
	struct link port;
	int r = gateway->flags & IFF_UP ? 0 : link_set_up(host, gateway->index);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to set %s up", gateway->name);
	r = veth_local_find_port(host, gateway, &port);
	if (r == 0)
		return 0;
	if (r > 0 && (port.master != bridge->index || !(port.flags & IFF_UP)))
		r = veth_local_join(host, port.index, bridge->index);
	if (r >= 0)
		r = has_vlan(host, &port, conf);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to complete the VLAN gateway %s",
				gateway->name);
	return r > 0 ? 0 : bridge_set_vlans(host, port.index, &plan, err);
}

int vlan_ensure_gateway(struct netlink *host, const struct link *bridge,
			const struct bridge_conf *conf, struct link *ret, struct cni_error *err)
{
	const struct vlan_plan plan = plan_gateway(conf);
	struct veth_local_spec spec = { .master = bridge->index, .mtu = bridge->mtu };
	char name[IFNAMSIZ];
	struct link port;
	int r;

	name_gateway(conf->bridge, conf->vlan, name);
	spec.name = name;
	r = link_get(host, name, ret);
	if (r == 0)
		return complete_gateway(host, bridge, conf, ret, err);
	if (r != -ENODEV)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up %s", name);
	r = veth_local_create(host, &spec, ret, &port, err);
	if (r <= 0)
		return r;
	r = bridge_set_vlans(host, port.index, &plan, err);
	if (r < 0)
		ignore(link_delete(host, &port)); /* the first failure is reported */
	return r;
}

int vlan_check_gateway(struct netlink *host, const struct link *bridge,
		       const struct bridge_conf *conf, struct link *ret, struct cni_error *err)
{
	char name[IFNAMSIZ];
	struct link port;
	int r;

	name_gateway(conf->bridge, conf->vlan, name);
	if (link_get(host, name, ret) < 0)
		return check_fail(err, "VLAN gateway interface %s does not exist", name);
	r = veth_local_find_port(host, ret, &port);
	if (r == 0)
		return 0;
	if (r > 0 && port.master != bridge->index)
		return check_fail(err, "%s, the other end of VLAN gateway %s, is no port of %s",
				  port.name, name, bridge->name);
	if (r > 0)
		r = has_vlan(host, &port, conf);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look at the port of %s", name);
	if (r == 0)
		return check_fail(err, "VLAN %d is not the untagged VLAN of %s, the port of %s",
				  conf->vlan, port.name, name);
	return 0;
}

int vlan_check_port(struct netlink *host, const struct link *port, const struct bridge_conf *conf,
		    bool exactly, struct cni_error *err)
{
	const struct vlan_plan plan = plan_port(conf);
	struct membership m = { .plan = &plan };
	size_t wanted = plan.tagged_count;
	int r;

	if (!plan.native)
		return 0;
	for (size_t i = 0; i < plan.tagged_count; i++)
		if (plan.tagged[i] == plan.native)
			wanted--;
	r = bridge_each_vlan(host, port->index, note_vlan, &m);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to list the VLANs of %s",
				port->name);
	if (!m.native)
		return check_fail(err, "VLAN %d is not the untagged VLAN of %s", plan.native,
				  port->name);
	if (m.found != wanted)
		return check_fail(err, "%s is a member of %zu of the %zu VLANs of vlanTrunk",
				  port->name, m.found, wanted);
	if (exactly && m.unwanted)
		return check_fail(
			err, "%s is a member of VLAN %d, which the configuration does not name",
			port->name, m.unwanted);
	return 0;
}
