/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vrf: puts the container's interface into a VRF, a routing domain of its own in the container. */
#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "enslave.h"
#include "net/vrf.h"
#include "plugin/chained.h"
#include "plugin/check.h"
#include "vrf_conf.h"

struct vrf {
	struct vrf_conf conf;
	struct link link, master; /* CNI_IFNAME and the VRF; index 0: not there */
	uint32_t table;
	struct belongings belongings;
	bool is_enslaved, is_made;
};

static int read_conf(struct cni_call *call, void *ret, struct cni_error *err)
{
	return vrf_conf_read(call, &((struct vrf *)ret)->conf, err);
}

static void release(void *data)
{
	struct vrf *vrf = data;

	belongings_release(&vrf->belongings);
	*vrf = (struct vrf){ 0 };
}

struct list {
	struct link *links;
	size_t count;
};

static void list_release(struct list *list)
{
	free(list->links);
}

static int take_vrf(const struct link *link, void *data)
{
	struct list *list = data;

	if (!text_equal(link->kind, link_kind_vrf.name))
		return 0;
	list->links = xgrow(list->links, list->count, sizeof(*link));
	list->links[list->count++] = *link;
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

/* The first number from 1 on that no VRF of the container uses. */
static int find_free_table(struct netlink *nl, uint32_t *ret)
{
	cleanup_with(list_release) struct list list = { 0 };
	cleanup_free uint32_t *used = NULL;
	int r = link_each(nl, take_vrf, &list);

	used = xcalloc(list.count + 1, sizeof(*used));
	for (size_t i = 0; r == 0 && i < list.count; i++) {
		struct vrf_options options = { 0 };

		r = link_read_options(nl, list.links[i].index, &link_kind_vrf, &options);
		used[i] = options.table;
		if (r == -ENODEV)
			r = 0;
	}
	if (r < 0)
		return r;
	if (list.count > 1)
		qsort(used, list.count, sizeof(*used), compare);
	*ret = 1;
	for (size_t i = 0; i < list.count; i++)
		*ret += used[i] == *ret;
	return 0;
}

static int make_vrf(struct netlink *nl, struct vrf *vrf, struct cni_error *err)
{
	struct vrf_options options = { .table = (uint32_t)vrf->conf.table };
	const struct link_spec spec = { .name = vrf->conf.name,
					.kind = &link_kind_vrf,
					.options = &options };
	int r = options.table ? 0 : find_free_table(nl, &options.table);

	if (r == 0)
		r = link_create(nl, &spec);
	vrf->is_made = r == 0;
	if (r == 0)
		r = link_get(nl, vrf->conf.name, &vrf->master);
	if (r == 0)
		r = link_set_up(nl, vrf->master.index);
	vrf->table = options.table;
	if (r == 0)
		return 0;
	(void)cni_fail(err, CNI_ERR_LINK, -r, "failed to create VRF %s", vrf->conf.name);
	netlink_explain(nl, err);
	if (r == -EOPNOTSUPP)
		cni_error_details(err, "the kernel may lack this kind of link: modprobe vrf");
	return r;
}

static int check_kind(const struct vrf *vrf, struct cni_error *err)
{
	if (text_equal(vrf->master.kind, link_kind_vrf.name))
		return 0;
	return cni_fail(err, CNI_ERR_CONFLICT, 0, "%s is not a VRF", vrf->conf.name);
}

static int read_table(struct netlink *nl, struct vrf *vrf, struct cni_error *err)
{
	struct vrf_options options = { 0 };
	int r = link_read_options(nl, vrf->master.index, &link_kind_vrf, &options);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to read the table of VRF %s",
				vrf->conf.name);
	vrf->table = options.table;
	return 0;
}

static int find_or_make(struct netlink *nl, struct vrf *vrf, struct cni_error *err)
{
	int r = link_get(nl, vrf->conf.name, &vrf->master);

	if (r == -ENODEV)
		return make_vrf(nl, vrf, err);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up VRF %s", vrf->conf.name);
	r = check_kind(vrf, err) ?: read_table(nl, vrf, err);
	if (r == 0 && vrf->conf.table && vrf->table != (uint32_t)vrf->conf.table)
		return cni_fail(err, CNI_ERR_CONFLICT, 0,
				"VRF %s already exist with different routing table %u",
				vrf->conf.name, vrf->table);
	return r;
}

static int join(struct chained *c, struct cni_error *err)
{
	struct vrf *vrf = c->conf;
	struct netlink *nl = &c->at.container;
	int r = link_get(nl, c->call->ifname, &vrf->link);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to find %s in the container",
				c->call->ifname);
	if (vrf->link.master)
		return cni_fail(err, CNI_ERR_CONFLICT, 0, "interface %s has already a master set",
				c->call->ifname);
	r = find_or_make(nl, vrf, err) ?: belongings_read(nl, &vrf->link, &vrf->belongings, err);
	if (r < 0)
		return r;
	vrf->is_enslaved = true;
	return enslave(nl, &vrf->link, vrf->master.index, vrf->table, &vrf->belongings, err);
}

static int add(struct chained *c, struct cni_error *err)
{
	int r = join(c, err);

	if (r < 0)
		cni_error_prefix(err, "cmdAdd failed");
	return r;
}

static void undo(struct chained *c)
{
	struct vrf *vrf = c->conf;
	cleanup_error struct cni_error err = { 0 };

	if (vrf->is_enslaved &&
	    enslave(&c->at.container, &vrf->link, 0, RT_TABLE_MAIN, &vrf->belongings, &err) < 0)
		cni_warn("not undone: %s", err.msg);
	if (vrf->is_made && vrf->master.index)
		ignore(link_delete(&c->at.container, &vrf->master)); /* the DEL to come does */
}

static int is_port(const struct link *link, void *data)
{
	return link->master == *(const int *)data;
}

/* The VRF that the configuration names, or that the interface is in. */
static int find_vrf(struct netlink *nl, struct vrf *vrf)
{
	if (text_is_empty(vrf->conf.name))
		return link_get_index(nl, vrf->link.master, &vrf->master);
	return link_get(nl, vrf->conf.name, &vrf->master);
}

static int leave(struct netlink *nl, struct vrf *vrf)
{
	int r = 0;

	if (vrf->link.index && vrf->link.master == vrf->master.index)
		r = link_set_master(nl, vrf->link.index, 0);
	if (r == 0 || r == -ENODEV)
		r = link_each(nl, is_port, &vrf->master.index);
	if (r > 0)
		return 0; /* others are in it */
	return r < 0 ? r : link_delete(nl, &vrf->master);
}

static int del(struct chained *c, struct cni_error *err)
{
	struct vrf *vrf = c->conf;
	struct netlink *nl = &c->at.container;
	int r;

	if (c->at.netns < 0)
		return 0;
	r = link_get(nl, c->call->ifname, &vrf->link);
	if (r == 0 || r == -ENODEV)
		r = find_vrf(nl, vrf);
	if (r == 0 && !text_equal(vrf->master.kind, link_kind_vrf.name)) {
		cni_warn("%s is not a VRF, and is left alone", vrf->master.name);
		return 0;
	}
	if (r == 0)
		r = leave(nl, vrf);
	if (r < 0 && r != -ENODEV)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to take %s out of its VRF",
				c->call->ifname);
	return 0;
}

static int check(struct chained *c, struct cni_error *err)
{
	struct vrf *vrf = c->conf;
	struct netlink *nl = &c->at.container;
	int r = link_get(nl, vrf->conf.name, &vrf->master);

	if (r == -ENODEV)
		return check_fail(err, "VRF %s does not exist in the container", vrf->conf.name);
	if (r == 0)
		r = link_get(nl, c->call->ifname, &vrf->link);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up %s in the container",
				c->call->ifname);
	r = check_kind(vrf, err) ?: read_table(nl, vrf, err);
	if (r == 0 && vrf->link.master != vrf->master.index)
		return check_fail(err, "interface %s is not in VRF %s", c->call->ifname,
				  vrf->conf.name);
	if (r == 0 && vrf->conf.table && vrf->table != (uint32_t)vrf->conf.table)
		return check_fail(err, "VRF %s has table %u instead of %d", vrf->conf.name,
				  vrf->table, vrf->conf.table);
	return r;
}

static const struct chained_kind kind = {
	.sockets = CHAINED_CONTAINER,
	.no_prev = "cmdAdd failed: missing prevResult from earlier plugin",
	.no_prev_code = CNI_ERR_CONFIG,
	.config_words = "cmdAdd failed",
	.conf_size = sizeof(struct vrf),
	.read = read_conf,
	.release = release,
	.add = add,
	.undo = undo,
	.del = del,
	.check = check,
};

static const struct cni_plugin vrf = {
	.name = "vrf",
	.lowest_version = "0.3.1",
	CHAINED_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&vrf, count, arguments);
}
