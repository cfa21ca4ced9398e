/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bandwidth: limits what a container receives and sends. What it receives waits in the queue of the
 * host's end of its interface; what it sends takes a way through a link made for that, as the
 * kernel has no queue for what comes in. So does what it receives where only some networks are
 * limited.
 */
#include <errno.h>
#include <string.h>

#include "bandwidth_conf.h"
#include "base/warn.h"
#include "ifb.h"
#include "net/redirect.h"
#include "net/tbf.h"
#include "plugin/check.h"

struct bandwidth {
	struct bandwidth_conf conf;
	struct link host_end;
	struct link ifbs[IFB_ROLES]; /* index 0: not made */
};

static const enum redirect_hook hooks[IFB_ROLES] = {
	[IFB_FROM_CONTAINER] = REDIRECT_INCOMING,
	[IFB_TO_CONTAINER] = REDIRECT_OUTGOING,
};

static int read_conf(struct cni_call *call, void *ret, struct cni_error *err)
{
	return bandwidth_conf_read(call, &((struct bandwidth *)ret)->conf, err);
}

static void release(void *data)
{
	struct bandwidth *b = data;

	bandwidth_conf_release(&b->conf);
	*b = (struct bandwidth){ 0 };
}

static const struct limit *limit_of(const struct bandwidth *b, enum ifb_role role)
{
	return role == IFB_FROM_CONTAINER ? &b->conf.from_container : &b->conf.to_container;
}

static bool needs_ifb(const struct bandwidth *b, enum ifb_role role)
{
	return limit_of(b, role)->rate && (role == IFB_FROM_CONTAINER || b->conf.count > 0);
}

static bool has_queue(const struct bandwidth *b)
{
	return b->conf.to_container.rate && !needs_ifb(b, IFB_TO_CONTAINER);
}

static bool is_unlimited(const struct bandwidth *b)
{
	return !b->conf.to_container.rate && !b->conf.from_container.rate;
}

static int find_inside(struct chained *c, struct link *ret, struct cni_error *err)
{
	int r = link_get(&c->at.container, c->call->ifname, ret);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to find %s in the container",
				c->call->ifname);
	if (text_equal(ret->kind, "veth"))
		return 0;
	(void)cni_fail(err, CNI_ERR_INTERNAL, 0, "container interface %s has no veth peer",
		       c->call->ifname);
	cni_error_details(err, "only interfaces of bridge and ptp can be limited");
	return -EINVAL;
}

static int find_host_end(struct chained *c, struct link *ret, struct cni_error *err)
{
	const struct result_interface *expected;
	struct link inside;
	int r;

	if (c->prev.interface_count == 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "no interfaces provided");
	r = find_inside(c, &inside, err);
	if (r < 0)
		return r;
	r = host_end_find(&c->at, &c->prev, &inside, ret, &expected);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look for the host end of %s",
				c->call->ifname);
	if (r == 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"no veth peer of container interface found in host ns");
	return 0;
}

static int fail_kernel(struct chained *c, int r, const struct link *link, const char *what,
		       const char *modules, struct cni_error *err)
{
	(void)netlink_fail(&c->at.host, err, r, "cannot %s %s", what, link->name);
	if (r == -ENOENT || r == -EOPNOTSUPP)
		cni_error_details(err, "the kernel may lack it: modprobe -a %s", modules);
	return r;
}

static int put_queue(struct chained *c, const struct link *link, const struct limit *limit,
		     struct cni_error *err)
{
	const struct tbf tbf = tbf_of(limit->rate, limit->burst);
	int r = tbf_put(&c->at.host, link->index, &tbf);

	return r < 0 ? fail_kernel(c, r, link, "limit", "sch_tbf", err) : 0;
}

static struct redirect redirect_of(const struct bandwidth *b, enum ifb_role role)
{
	return (struct redirect){
		.link = b->host_end.index,
		.hook = hooks[role],
		.to = b->ifbs[role].index,
		.networks = b->conf.networks,
		.count = b->conf.count,
		.spares = b->conf.spares,
	};
}

/* The limit is there before the first packet is. */
static int lead_through_ifb(struct chained *c, enum ifb_role role, struct cni_error *err)
{
	struct bandwidth *b = c->conf;
	struct redirect redirect;
	int r = ifb_create(c, role, b->host_end.mtu, &b->ifbs[role], err)
			?: put_queue(c, &b->ifbs[role], limit_of(b, role), err);

	if (r < 0)
		return r;
	redirect = redirect_of(b, role);
	r = redirect_add(&c->at.host, &redirect);
	if (r == -EINTR)
		return cni_fail(err, CNI_ERR_TRY_LATER, EINTR, "cannot add the filters of %s",
				b->host_end.name);
	return r < 0 ? fail_kernel(c, r, &b->host_end, "add a filter to", "cls_u32 act_mirred", err)
		     : 0;
}

static int open_hooks(struct chained *c, struct cni_error *err)
{
	struct bandwidth *b = c->conf;
	int r = redirect_open(&c->at.host, b->host_end.index, needs_ifb(b, IFB_TO_CONTAINER));

	if (r == -EEXIST) {
		(void)cni_fail(err, CNI_ERR_CONFLICT, EEXIST, "cannot add filters to %s",
			       b->host_end.name);
		cni_error_details(err, "another program has filters at an ingress qdisc there; "
				       "with networks both hooks of a clsact qdisc are needed");
		return r;
	}
	return r < 0 ? fail_kernel(c, r, &b->host_end, "add filters to", "sch_ingress", err) : 0;
}

/* What an ADD before with other limits made and this one does not replace. */
static int drop_before(struct chained *c, struct cni_error *err)
{
	struct bandwidth *b = c->conf;
	struct netlink *nl = &c->at.host;
	bool had_any = false;
	struct tbf tbf;
	int r = 0;

	for (int role = 0; r >= 0 && role < IFB_ROLES; role++) {
		if (needs_ifb(b, (enum ifb_role)role))
			continue;
		r = ifb_drop(c, (enum ifb_role)role, err);
		if (r <= 0)
			continue;
		had_any = true;
		r = redirect_remove(nl, b->host_end.index, hooks[role]);
		if (r < 0)
			(void)netlink_fail(nl, err, r, "cannot remove the filters of %s",
					   b->host_end.name);
	}
	if (r >= 0 && had_any)
		ignore(redirect_close_unused(nl, b->host_end.index)); /* goes with the link */
	if (r < 0 || has_queue(b))
		return r;
	r = tbf_get(nl, b->host_end.index, &tbf);
	if (r > 0)
		r = tbf_delete(nl, b->host_end.index);
	return r < 0 ? netlink_fail(nl, err, r, "cannot remove the limit of %s", b->host_end.name)
		     : 0;
}

/* The kernel drops a packet that the burst has no room for, unless it can be cut. */
static void tell_small_burst(const struct bandwidth *b, enum ifb_role role, const char *key)
{
	const struct limit *limit = limit_of(b, role);
	const unsigned packet = (unsigned)b->host_end.mtu + 14;

	if (limit->rate && limit->burst < packet)
		cni_warn("%s: a burst of %u bytes lets no packet of %u bytes pass", key,
			 limit->burst, packet);
}

static void add_to_result(struct chained *c, const struct link *ifb)
{
	char mac[MAC_TEXT];

	result_add_interface(&c->prev, ifb->name, mac_print(ifb->mac, mac), NULL);
}

/* 1, 0 when there is none any more, -errno. */
static int look_for_host_end(struct chained *c, struct link *ret)
{
	const struct result_interface *expected;
	struct link inside;
	int r;

	if (c->at.netns < 0 || c->prev.interface_count == 0)
		return 0;
	r = link_get(&c->at.container, c->call->ifname, &inside);
	if (r == 0 && text_equal(inside.kind, "veth"))
		r = host_end_find(&c->at, &c->prev, &inside, ret, &expected);
	return r == -ENODEV ? 0 : r;
}

/* Other interfaces than those that can be limited are welcome, too. */
static int add_unlimited(struct chained *c, struct cni_error *err)
{
	struct bandwidth *b = c->conf;

	return look_for_host_end(c, &b->host_end) > 0 ? drop_before(c, err) : 0;
}

static int add(struct chained *c, struct cni_error *err)
{
	struct bandwidth *b = c->conf;
	int r = 0;

	if (is_unlimited(b))
		return add_unlimited(c, err);
	r = find_host_end(c, &b->host_end, err) ?: drop_before(c, err);
	if (r < 0)
		return r;
	tell_small_burst(b, IFB_TO_CONTAINER, "ingressBurst");
	tell_small_burst(b, IFB_FROM_CONTAINER, "egressBurst");
	if (has_queue(b))
		r = put_queue(c, &b->host_end, &b->conf.to_container, err);
	if (r == 0 && (needs_ifb(b, IFB_FROM_CONTAINER) || needs_ifb(b, IFB_TO_CONTAINER)))
		r = open_hooks(c, err);
	for (int role = 0; r == 0 && role < IFB_ROLES; role++) {
		if (needs_ifb(b, (enum ifb_role)role))
			r = lead_through_ifb(c, (enum ifb_role)role, err);
		if (r == 0 && b->ifbs[role].index)
			add_to_result(c, &b->ifbs[role]);
	}
	return r;
}

/* Hooks may have been there before, and have filters of others. */
static int clear(struct netlink *nl, const struct link *host_end)
{
	struct tbf tbf;
	int r = 0;

	for (int role = 0; r == 0 && role < IFB_ROLES; role++)
		r = redirect_remove(nl, host_end->index, hooks[role]);
	if (r == 0)
		r = redirect_close_unused(nl, host_end->index);
	if (r == 0)
		r = tbf_get(nl, host_end->index, &tbf);
	return r > 0 ? tbf_delete(nl, host_end->index) : r;
}

static void undo(struct chained *c)
{
	struct bandwidth *b = c->conf;
	struct netlink *nl = &c->at.host;
	int r;

	if (!b->host_end.index)
		return;
	r = clear(nl, &b->host_end);
	if (r < 0)
		cni_warn("not undone: limits of %s: %s", b->host_end.name, strerror(-r));
	for (int role = 0; role < IFB_ROLES; role++) {
		if (b->ifbs[role].index && link_delete(nl, &b->ifbs[role]) < 0)
			cni_warn("not undone: link %s is left", b->ifbs[role].name);
	}
}

/* Should the host's end stay, its filters would lead to a link that is gone. */
static int del(struct chained *c, struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };
	struct link host_end;
	int first = ifb_delete(c, err);
	int r = look_for_host_end(c, &host_end);

	if (r > 0)
		r = clear(&c->at.host, &host_end);
	if (r < 0 && r != -ENODEV)
		return cni_error_collect(err, &more, first,
					 cni_fail(&more, CNI_ERR_LINK, -r,
						  "cannot clear the host end of %s",
						  c->call->ifname));
	return first;
}

static int check_queue(struct chained *c, const struct link *link, const struct limit *limit,
		       struct cni_error *err)
{
	const struct tbf wanted = tbf_of(limit->rate, limit->burst);
	struct tbf found;
	int r = tbf_get(&c->at.host, link->index, &found);

	if (r < 0)
		return netlink_fail(&c->at.host, err, r, "cannot read the limit of %s", link->name);
	if (r == 0)
		return check_fail(err, "link %s has no limit", link->name);
	if (!tbf_is(&found, &wanted))
		return check_fail(err,
				  "link %s is limited to %llu bytes in a second, not as configured",
				  link->name, (unsigned long long)found.rate);
	return 0;
}

static int check_ifb(struct chained *c, enum ifb_role role, struct cni_error *err)
{
	struct bandwidth *b = c->conf;
	struct link *ifb = &b->ifbs[role];
	struct redirect redirect;
	int r = ifb_find(c, role, ifb, err);

	if (r < 0)
		return r;
	if (r == 0)
		return check_fail(err, "the link that limits %s is missing", b->host_end.name);
	if (!(ifb->flags & IFF_UP))
		return check_fail(err, "link %s is down", ifb->name);
	r = check_queue(c, ifb, limit_of(b, role), err);
	if (r < 0)
		return r;
	redirect = redirect_of(b, role);
	r = redirect_check(&c->at.host, &redirect);
	if (r < 0)
		return netlink_fail(&c->at.host, err, r, "cannot list the filters of %s",
				    b->host_end.name);
	if (r == 0)
		return check_fail(err, "the filters of %s do not lead through %s as configured",
				  b->host_end.name, ifb->name);
	return 0;
}

static int check(struct chained *c, struct cni_error *err)
{
	struct bandwidth *b = c->conf;
	int r;

	if (is_unlimited(b))
		return 0;
	r = find_host_end(c, &b->host_end, err)
		    ?: (has_queue(b) ? check_queue(c, &b->host_end, &b->conf.to_container, err)
				     : 0);
	for (int role = 0; r == 0 && role < IFB_ROLES; role++) {
		if (needs_ifb(b, (enum ifb_role)role))
			r = check_ifb(c, (enum ifb_role)role, err);
	}
	return r;
}

static int collect(struct chained *c, struct attachments *valid, struct cni_error *err)
{
	return ifb_collect(&c->at.host, c->attachment.network, valid, err);
}

static const struct chained_kind kind = {
	.sockets = CHAINED_CONTAINER,
	.no_prev = "must be called as chained plugin",
	.no_prev_code = CNI_ERR_INTERNAL,
	.conf_size = sizeof(struct bandwidth),
	.read = read_conf,
	.release = release,
	.add = add,
	.undo = undo,
	.del = del,
	.check = check,
	.collect = collect,
};

static const struct cni_plugin bandwidth = {
	.name = "bandwidth",
	.lowest_version = "0.3.0",
	CHAINED_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&bandwidth, count, arguments);
}
