/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of vlan. */
#include "vlan_conf.h"

#include "types/conf.h"

enum { VLAN_ID_MAX = 4094 };

static const struct conf_key keys[] = {
	CONF_STRING(struct vlan_conf, on.name, "master", ""),
	CONF_INT(struct vlan_conf, options.id, "vlanId", 0, 0, VLAN_ID_MAX),
	CONF_INT(struct vlan_conf, on.mtu, "mtu", 0, 1, 0),
	CONF_BOOL(struct vlan_conf, on.in_container, "linkInContainer", false),
	CONF_BOOL(struct vlan_conf, on.enable_dad, "enabledad", true),
	CONF_BOOL(struct vlan_conf, on.accept_ra, "acceptRA", false),
};

int vlan_conf_read(struct cni_call *call, void *ret, struct cni_error *err)
{
	struct vlan_conf *conf = ret;
	int r = conf_read(call->conf.json, keys, array_size(keys), "", conf, err);

	if (r < 0 || *conf->on.name)
		return r;
	r = cni_fail(err, CNI_ERR_INTERNAL, 0, "\"master\" field is required");
	cni_error_details(err, "name the interface whose tagged frames the container gets");
	return r;
}
