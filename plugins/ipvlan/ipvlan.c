/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipvlan: puts a container on the network of one of the host's interfaces, with that one's MAC. */
#include <errno.h>

#include "ipvlan_conf.h"
#include "plugin/check.h"
#include "plugin/endpoint.h"
#include "plugin/ipam.h"

/* Behind another plugin it stands on the one interface that that plugin made. */
static int find_master(struct endpoint *e, struct link *ret, struct cni_error *err)
{
	cleanup_result struct result prev = { 0 };
	int r = netconf_prev_result(&e->call->conf, &prev, err);

	if (r < 0)
		return r;
	if (r == 0)
		return master_find(endpoint_master_socket(e), "", ret, err);
	if (prev.interface_count == 1 && *prev.interfaces[0].name)
		return master_find(endpoint_master_socket(e), prev.interfaces[0].name, ret, err);
	r = cni_fail(err, CNI_ERR_INTERNAL, 0,
		     "chained master failure. PrevResult lacks a single named interface");
	cni_error_details(err, "name the interface to stand on in master");
	return r;
}

static int plan(struct endpoint *e, struct link_spec *spec, struct cni_error *err)
{
	const struct ipvlan_conf *conf = e->conf;

	(void)err; /* nothing can be wrong with it */
	spec->options = &conf->options;
	return 0;
}

/* Without IPAM the addresses are those that the plugin before it gave. */
static int inherit(struct endpoint *e, struct result *ret, struct cni_error *err)
{
	cleanup_result struct result prev = { 0 };
	int r = netconf_prev_result(&e->call->conf, &prev, err);

	if (r < 0)
		return r;
	if (prev.ip_count == 0) {
		r = cni_fail(err, CNI_ERR_INTERNAL, 0,
			     "ipvlan requires an IPAM configuration, or addresses in prevResult");
		cni_error_details(err, "an ipvlan is told from its master by its addresses");
		return r;
	}
	*ret = prev;
	prev = (struct result){ 0 };
	return 0;
}

static int check(struct endpoint *e, const struct link *link, struct cni_error *err)
{
	const struct ipvlan_conf *conf = e->conf;
	struct ipvlan_options options;
	int r;

	r = link_read_options(&e->at.container, link->index, e->kind->link, &options);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to read the mode of %s", link->name);
	if (options.mode != conf->options.mode)
		return check_fail(err, "interface %s in the container has mode %s instead of %s",
				  link->name, ipvlan_mode_name(options.mode), conf->mode_name);
	return 0;
}

static const struct endpoint_kind kind = {
	.link = &link_kind_ipvlan,
	.announces = true,
	.stands = true,
	.conf_size = sizeof(struct ipvlan_conf),
	.read = ipvlan_conf_read,
	.inherit = inherit,
	.find_master = find_master,
	.plan = plan,
	.check = check,
};

static const struct cni_plugin ipvlan = {
	.name = "ipvlan",
	ENDPOINT_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&ipvlan, count, arguments);
}
