/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the VLAN keys mean for ports. */
#include "vlan.h"

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
		.tagged = conf->trunk,
		.tagged_count = conf->trunk_count,
		.keep_default = conf->preserve_default_vlan,
	};

	if (!conf->vlan && conf->trunk_count)
		plan.native = DEFAULT_VLAN;
	return plan;
}

int vlan_set_port(struct nl *host, int port, const struct bridge_conf *conf, struct cni_error *err)
{
	const struct vlan_plan plan = plan_port(conf);

	return plan.native ? bridge_set_vlans(host, port, &plan, err) : 0;
}

/* The bridge's name, cut and told apart by a hash where it leaves no room for the VLAN. */
void vlan_gateway_name(const char *bridge, int vlan, char ret[IFNAMSIZ])
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

int vlan_ensure_gateway(struct nl *host, const struct link *bridge, const struct bridge_conf *conf,
			struct link *ret, struct cni_error *err)
{
	const struct vlan_plan plan = { .native = conf->vlan,
					.keep_default = conf->preserve_default_vlan };
	struct veth_local_spec spec = { .master = bridge->index, .mtu = bridge->mtu };
	char name[IFNAMSIZ];
	int port;
	int r;

	vlan_gateway_name(conf->bridge, conf->vlan, name);
	spec.name = name;
	r = link_get(host, name, ret);
	if (r != -ENODEV) {
		if (r < 0)
			return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up %s", name);
		r = ret->flags & IFF_UP ? 0 : link_set_up(host, ret->index);
		if (r < 0)
			return cni_fail(err, CNI_ERR_LINK, -r, "failed to set %s up", name);
		return 0;
	}
	r = veth_local_create(host, &spec, ret, &port, err);
	if (r <= 0)
		return r;
	r = bridge_set_vlans(host, port, &plan, err);
	if (r < 0)
		ignore(link_delete(host, port)); /* the first failure is reported */
	return r;
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

int vlan_check_port(struct nl *host, const struct link *port, const struct bridge_conf *conf,
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
		return check_fail(err,
				  "%s is a member of VLAN %d, which the configuration does not "
				  "name",
				  port->name, m.unwanted);
	return 0;
}
