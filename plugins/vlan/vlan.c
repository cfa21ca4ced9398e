/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vlan: puts a container on a VLAN of one of the host's interfaces. */
#include <errno.h>

#include "plugin/check.h"
#include "plugin/endpoint.h"
#include "plugin/ipam.h"
#include "vlan_conf.h"

static int plan(struct endpoint *e, struct link_spec *spec, struct cni_error *err)
{
	const struct vlan_conf *conf = e->conf;

	(void)err; /* nothing can be wrong with it */
	spec->options = &conf->options;
	return 0;
}

static int check(struct endpoint *e, const struct link *link, struct cni_error *err)
{
	const struct vlan_conf *conf = e->conf;
	struct vlan_options options;
	int r;

	r = link_read_options(&e->at.container, link->index, e->kind->link, &options);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to read the VLAN of %s", link->name);
	if (options.id != conf->options.id)
		return check_fail(err, "interface %s in the container has VLAN %d instead of %d",
				  link->name, options.id, conf->options.id);
	if (conf->on.mtu > 0 && link->mtu != conf->on.mtu)
		return check_fail(err, "interface %s in the container has MTU %d instead of %d",
				  link->name, link->mtu, conf->on.mtu);
	return 0;
}

static const struct endpoint_kind kind = {
	.link = &link_kind_vlan,
	.announces = true,
	.stands = true,
	.conf_size = sizeof(struct vlan_conf),
	.read = vlan_conf_read,
	.plan = plan,
	.check = check,
};

static const struct cni_plugin vlan = {
	.name = "vlan",
	ENDPOINT_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&vlan, count, arguments);
}
