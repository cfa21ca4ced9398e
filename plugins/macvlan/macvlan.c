/* SPDX-License-Identifier: GPL-2.0-or-later */
/* macvlan: puts a container on the network of one of the host's interfaces, with a MAC of its own.
 */
#include <errno.h>

#include "macvlan_conf.h"
#include "plugin/check.h"
#include "plugin/endpoint.h"
#include "plugin/ipam.h"
#include "plugin/master.h"

static struct netlink *master_socket(struct endpoint *e)
{
	const struct macvlan_conf *conf = e->conf;

	return conf->link_in_container ? &e->at.container : &e->at.host;
}

static int plan(struct endpoint *e, struct link_spec *spec, struct netlink **from,
		struct cni_error *err)
{
	const struct macvlan_conf *conf = e->conf;
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
	if (conf->mac.is_set)
		spec->mac = conf->mac.mac;
	e->dad = conf->enable_dad;
	e->accept_ra = conf->accept_ra;
	return 0;
}

static int finish(struct endpoint *e, const struct link *link, struct cni_error *err)
{
	const struct macvlan_conf *conf = e->conf;
	int r;

	if (!conf->queue_length)
		return 0;
	r = macvlan_set_queue(&e->at.container, link->index, (uint32_t)conf->queue_length);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to set bcqueuelen of %s to %d",
				link->name, conf->queue_length);
	return 0;
}

static int check(struct endpoint *e, const struct link *link, struct cni_error *err)
{
	const struct macvlan_conf *conf = e->conf;
	struct macvlan_options options;
	struct link master;
	int r;

	r = master_find(master_socket(e), conf->master, &master, err);
	if (r == 0)
		r = master_check_mtu(&master, conf->mtu, err);
	if (r < 0)
		return r;
	r = link_read_options(&e->at.container, link->index, e->kind->link, &options);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to read the mode of %s", link->name);
	if (options.mode != conf->options.mode)
		return check_fail(err, "interface %s in the container has mode %s instead of %s",
				  link->name, macvlan_mode_name(options.mode), conf->mode_name);
	return 0;
}

/* A master in the container is not there before the container is. */
static int status(struct endpoint *e, struct cni_error *err)
{
	const struct macvlan_conf *conf = e->conf;

	return conf->link_in_container ? 0 : master_status(&e->at.host, conf->master, err);
}

static const struct endpoint_kind kind = {
	.link = &link_kind_macvlan,
	.announces = true,
	.conf_size = sizeof(struct macvlan_conf),
	.read = macvlan_conf_read,
	.plan = plan,
	.finish = finish,
	.check = check,
	.status = status,
};

static const struct cni_plugin macvlan = {
	.name = "macvlan",
	ENDPOINT_VERBS(&kind),
};

int main(void)
{
	return cni_plugin_main(&macvlan);
}
