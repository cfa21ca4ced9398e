/* SPDX-License-Identifier: GPL-2.0-or-later */
/* macvlan: puts a container on the network of one of the host's interfaces, with a MAC of its own.
 */
#include <errno.h>

#include "macvlan_conf.h"
#include "plugin/check.h"
#include "plugin/endpoint.h"
#include "plugin/ipam.h"

static int plan(struct endpoint *e, struct link_spec *spec, struct cni_error *err)
{
	const struct macvlan_conf *conf = e->conf;

	(void)err; /* nothing can be wrong with it */
	spec->options = &conf->options;
	if (conf->mac.is_set)
		spec->mac = conf->mac.mac;
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
	int r = 0;

	if (e->master.index)
		r = master_check_mtu(&e->master, conf->on.mtu, err);
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

static const struct endpoint_kind kind = {
	.link = &link_kind_macvlan,
	.announces = true,
	.stands = true,
	.conf_size = sizeof(struct macvlan_conf),
	.read = macvlan_conf_read,
	.plan = plan,
	.finish = finish,
	.check = check,
};

static const struct cni_plugin macvlan = {
	.name = "macvlan",
	ENDPOINT_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&macvlan, count, arguments);
}
