/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap: gives a container an interface whose other end a program in it opens as a file. */
#include <errno.h>

#include "base/label.h"
#include "net/netns.h"
#include "net/sysctl.h"
#include "plugin/check.h"
#include "plugin/endpoint.h"
#include "plugin/ipam.h"
#include "tap_conf.h"

static int find_bridge(struct endpoint *e, struct link *ret, struct cni_error *err)
{
	const struct tap_conf *conf = e->conf;
	int r = link_get(&e->at.container, conf->bridge, ret);

	if (r == 0 && text_equal(ret->kind, "bridge"))
		return 0;
	if (r == 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s in the container is no bridge",
				conf->bridge);
	if (r == -ENODEV)
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"failed to find bridge %s in the container: Link not found",
				conf->bridge);
	return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up bridge %s in the container",
			conf->bridge);
}

static int plan(struct endpoint *e, struct link_spec *spec, struct cni_error *err)
{
	const struct tap_conf *conf = e->conf;
	struct link bridge = { 0 };
	int r;

	r = *conf->bridge ? find_bridge(e, &bridge, err) : 0;
	if (r < 0)
		return r;
	if (*conf->selinux_context && !label_is_known()) {
		r = cni_fail(err, CNI_ERR_INTERNAL, 0,
			     "selinuxContext: the kernel of this node has no SELinux");
		cni_error_details(err, "leave selinuxContext out on such nodes");
		return r;
	}
	spec->master = bridge.index;
	spec->mtu = conf->mtu;
	spec->mac = conf->mac.is_set ? conf->mac.mac : NULL;
	return 0;
}

struct completion {
	struct netlink *nl;
	const struct link_spec *spec;
};

/* MAC, MTU and bridge in one request, while the tap still goes with our descriptor. */
static int complete(void *data)
{
	const struct completion *completion = data;
	const struct link_spec *spec = completion->spec;
	const struct link_change change = {
		.mac = spec->mac,
		.mtu = spec->mtu,
		.master = spec->master,
	};
	struct link link;
	int r = link_get(completion->nl, spec->name, &link);

	if (r < 0 || !(spec->mac || spec->mtu || spec->master))
		return r;
	return netlink_call(completion->nl, link_change_request(link.index, &change));
}

static int fail_create(const struct endpoint *e, int r, struct cni_error *err)
{
	if (r == -EBUSY)
		return endpoint_fail_taken(e, err);
	(void)netlink_fail(&e->at.container, err, r, "failed to create tap %s", e->call->ifname);
	if (r == -ENOENT || r == -ENODEV)
		cni_error_details(err, "/dev/net/tun is missing: modprobe tun");
	return r;
}

/* The kernel gives a tap the label of the thread that makes it. */
static int create(struct endpoint *e, const struct link_spec *spec, struct cni_error *err)
{
	const struct tap_conf *conf = e->conf;
	struct completion completion = { .nl = &e->at.container, .spec = spec };
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_label struct label label = { 0 };
	int r;

	r = attach_enter(&e->at, &visit, err);
	if (r < 0)
		return r;
	if (*conf->selinux_context)
		r = label_take(&label, conf->selinux_context);
	if (r < 0) {
		(void)cni_fail(err, CNI_ERR_LINK, -r, "failed to take the SELinux label %s",
			       conf->selinux_context);
		cni_error_details(
			err,
			"the policy must know the label, and let the plugin have it (process: setcurrent, dyntransition)");
		return r;
	}
	r = tap_create(spec->name, &conf->options, complete, &completion);
	if (r < 0)
		return fail_create(e, r, err);
	ignore(sysctl_write_link("ipv4", spec->name, "arp_notify", "1")); /* best effort */
	return 0;
}

static int check_options(const struct tap_conf *conf, const struct link *link,
			 const struct tap_options *have, struct cni_error *err)
{
	const struct tap_options *want = &conf->options;

	if (have->owner != want->owner)
		return check_fail(err, "tap %s in the container has owner %d instead of %d",
				  link->name, (int)have->owner, (int)want->owner);
	if (have->group != want->group)
		return check_fail(err, "tap %s in the container has group %d instead of %d",
				  link->name, (int)have->group, (int)want->group);
	if (have->multi_queue != want->multi_queue)
		return check_fail(err, "tap %s in the container has %s", link->name,
				  have->multi_queue ? "many queues instead of one"
						    : "one queue instead of many");
	if (conf->mtu && link->mtu != conf->mtu)
		return check_fail(err, "tap %s in the container has MTU %d instead of %d",
				  link->name, link->mtu, conf->mtu);
	return 0;
}

static int check(struct endpoint *e, const struct link *link, struct cni_error *err)
{
	const struct tap_conf *conf = e->conf;
	struct tap_options options;
	struct link bridge = { 0 };
	int r;

	r = tap_read(&e->at.container, link->index, &options);
	if (r == -ENODEV)
		return check_fail(err, "interface %s in the container is a tun, not a tap",
				  link->name);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to read the owner of %s",
				link->name);
	r = check_options(conf, link, &options, err);
	if (r == 0 && *conf->bridge)
		r = find_bridge(e, &bridge, err);
	if (r == 0 && *conf->bridge && link->master != bridge.index)
		r = check_fail(err, "tap %s in the container is no port of %s", link->name,
			       conf->bridge);
	return r;
}

static int status(struct endpoint *e, struct cni_error *err)
{
	int r = tap_is_available();

	(void)e;
	if (r < 0) {
		(void)cni_fail(err, CNI_ERR_NOT_AVAILABLE, -r, "failed to open /dev/net/tun");
		cni_error_details(err, "load the driver: modprobe tun");
	}
	return r;
}

static const struct endpoint_kind kind = {
	.link = &link_kind_tap,
	.conf_size = sizeof(struct tap_conf),
	.read = tap_conf_read,
	.plan = plan,
	.create = create,
	.check = check,
	.status = status,
};

static const struct cni_plugin tap = {
	.name = "tap",
	ENDPOINT_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&tap, count, arguments);
}
