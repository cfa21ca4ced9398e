/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows where a master is, and how a link shows on what it stands. */
#include "plugin/endpoint_master.h"

#include <errno.h>

#include "net/netns.h"
#include "net/nsid.h"
#include "plugin/check.h"
#include "plugin/ipam.h"

static const struct master_conf *conf_of(const struct endpoint *e)
{
	return e->conf;
}

struct netlink *endpoint_master_socket(struct endpoint *e)
{
	return conf_of(e)->in_container ? &e->at.container : &e->at.host;
}

static int find(struct endpoint *e, struct cni_error *err)
{
	const char *name = conf_of(e)->name;

	if (!*name && e->kind->find_master)
		return e->kind->find_master(e, &e->master, err);
	return master_find(endpoint_master_socket(e), name, &e->master, err);
}

int endpoint_plan_master(struct endpoint *e, struct link_spec *spec, struct cni_error *err)
{
	const struct master_conf *conf = conf_of(e);
	int r = find(e, err);

	if (r == 0)
		r = master_check_mtu(&e->master, conf->mtu, err);
	if (r < 0)
		return r;
	spec->lower = e->master.index;
	spec->mtu = conf->mtu;
	e->dad = conf->enable_dad;
	e->accept_ra = conf->accept_ra;
	return 0;
}

/* What the container calls the host's namespace. */
static int is_of_host(struct endpoint *e, const struct link *link)
{
	cleanup_close int home = netns_open_own();
	int name;

	if (home < 0)
		return home;
	name = nsid_of(&e->at.container, home);
	return name == -ENOENT ? 0 : name < 0 ? name : name == link->peer_netns;
}

int endpoint_is_on(struct endpoint *e, const struct link *link, int lower)
{
	if (!text_equal(link->kind, e->kind->link->name))
		return 0;
	if (!lower)
		return 1;
	if (link->peer != lower)
		return 0;
	if (conf_of(e)->in_container || netns_is_own(e->at.netns))
		return !link->peer_is_elsewhere;
	return link->peer_is_elsewhere ? is_of_host(e, link) : 0;
}

/* A master that nobody named may not be the default route's any more; the kernel keeps the link. */
int endpoint_check_master(struct endpoint *e, const struct link *link, struct cni_error *err)
{
	const char *name = conf_of(e)->name;
	int r;

	if (!*name)
		return 0;
	r = master_find(endpoint_master_socket(e), name, &e->master, err);
	if (r < 0)
		return r;
	r = endpoint_is_on(e, link, e->master.index);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look for the master of %s",
				link->name);
	return r ? 0
		 : check_fail(err, "interface %s in the container does not stand on %s", link->name,
			      e->master.name);
}

/*
 * A master in the container is not there before the container is, one of an earlier plugin not
 * before that plugin's ADD.
 */
int endpoint_status_master(struct endpoint *e, struct cni_error *err)
{
	const struct master_conf *conf = conf_of(e);
	const bool is_chained = !*conf->name && e->kind->find_master && !ipam_is_set(e->call);

	return conf->in_container || is_chained ? 0 : master_status(&e->at.host, conf->name, err);
}
