/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vlan: puts a container on a VLAN of one of the host's interfaces. */
#include <errno.h>

#include "plugin/check.h"
#include "plugin/endpoint.h"
#include "plugin/ipam.h"
#include "plugin/master.h"
#include "vlan_conf.h"

static struct netlink *master_socket(struct endpoint *e)
{
	const struct vlan_conf *conf = e->conf;

	return conf->link_in_container ? &e->at.container : &e->at.host;
}

static int plan(struct endpoint *e, struct link_spec *spec, struct netlink **from,
		struct cni_error *err)
{
	const struct vlan_conf *conf = e->conf;
	struct link master;
	int r;

	*from = master_socket(e);
	r = master_find(*from, conf->master, &master, err);
	if (r == 0)
		r = master_check_mtu(&master, conf->mtu, err);
	if (r < 0)
		return r;
	spec->lower = master.index;
	spec->mtu = conf->mtu;
	spec->options = &conf->options;
	e->dad = conf->enable_dad;
	e->accept_ra = conf->accept_ra;
	return 0;
}

static int check(struct endpoint *e, const struct link *link, struct cni_error *err)
{
	const struct vlan_conf *conf = e->conf;
	struct vlan_options options;
	int r;

	r = master_check(master_socket(e), conf->master, link, err);
	if (r < 0)
		return r;
	r = link_read_options(&e->at.container, link->index, e->kind->link, &options);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to read the VLAN of %s", link->name);
	if (options.id != conf->options.id)
		return check_fail(err, "interface %s in the container has VLAN %d instead of %d",
				  link->name, options.id, conf->options.id);
	if (conf->mtu > 0 && link->mtu != conf->mtu)
		return check_fail(err, "interface %s in the container has MTU %d instead of %d",
				  link->name, link->mtu, conf->mtu);
	return 0;
}

/* A master in the container is not there before the container is. */
static int status(struct endpoint *e, struct cni_error *err)
{
	const struct vlan_conf *conf = e->conf;

	return conf->link_in_container ? 0 : master_status(&e->at.host, conf->master, err);
}

static const struct endpoint_kind kind = {
	.link = &link_kind_vlan,
	.announces = true,
	.conf_size = sizeof(struct vlan_conf),
	.read = vlan_conf_read,
	.plan = plan,
	.check = check,
	.status = status,
};

static const struct cni_plugin vlan = {
	.name = "vlan",
	ENDPOINT_VERBS(&kind),
};

int main(void)
{
	return cni_plugin_main(&vlan);
}
