/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ADD, for every kind:
 *   1. configuration and namespace: whatever can be refused is refused here
 *   2. the name is free in the container, or held by what a killed ADD left
 *   3. the link, born in the container in one message, while the IPAM plugin works
 *   4. addresses, mark, up and routes in one system call
 *   5. the result; only now everything is kept
 */
#include "plugin/endpoint.h"

#include <errno.h>

#include "base/alloc.h"
#include "plugin/check.h"
#include "plugin/endpoint_links.h"
#include "plugin/endpoint_master.h"
#include "plugin/interface.h"
#include "plugin/ipam.h"

#define cleanup_endpoint cleanup_with(endpoint_close)

static void endpoint_close(struct endpoint *e)
{
	if (e->kind->release)
		e->kind->release(e->conf);
	free(e->conf);
	attach_close(&e->at);
}

static struct endpoint endpoint_of(struct cni_call *call)
{
	const struct attachment attachment = call_attachment(call);

	return (struct endpoint){
		.call = call,
		.kind = call->plugin->endpoint,
		.conf = xcalloc(1, call->plugin->endpoint->conf_size + 1),
		.at = ATTACH_CLOSED,
		.owner = owner_of(&attachment),
	};
}

static int read_conf(struct endpoint *e, struct cni_error *err)
{
	int r = 0;

	if (e->kind->read)
		r = e->kind->read(e->call, e->conf, err);
	if (r < 0)
		return r;
	if (e->kind->needs_ipam && !ipam_is_set(e->call))
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s", e->kind->needs_ipam);
	return 0;
}

static int open_both(struct endpoint *e, bool allow_own, struct cni_error *err)
{
	int r = attach_open(&e->at, e->call->netns, allow_own, err);

	return r < 0 ? r : attach_open_container(&e->at, err);
}

int endpoint_fail_taken(const struct endpoint *e, struct cni_error *err)
{
	(void)cni_fail(err, CNI_ERR_CONFLICT, EEXIST, "failed to create %s %s", e->kind->link->name,
		       e->call->ifname);
	cni_error_details(
		err,
		"the container has an interface of this name: DEL it first, or choose another CNI_IFNAME");
	return -EEXIST;
}

/* An ADD that was killed before it finished left a link that is down; a finished one is up. */
static bool is_half_made(const struct endpoint *e, const struct link *link)
{
	return text_equal(link->kind, e->kind->link->name) && !(link->flags & IFF_UP) &&
	       (!*link->alias || text_equal(link->alias, e->owner.text));
}

static int claim_name(struct endpoint *e, struct cni_error *err)
{
	cleanup_error struct cni_error ignored = { 0 };
	struct link link;
	int r;

	r = link_get(&e->at.container, e->call->ifname, &link);
	if (r == -ENODEV)
		return 0;
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up %s in the container",
				e->call->ifname);
	if (!is_half_made(e, &link))
		return endpoint_fail_taken(e, err);
	r = link_delete(&e->at.container, &link);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to remove the half-made %s",
				e->call->ifname);
	if (ipam_is_set(e->call))
		ignore(ipam_del(e->call, &ignored)); /* there may be no lease; the ADD will tell */
	return 0;
}

/* The name was free a moment ago; what exists may be something else, such as a VLAN's id. */
static int fail_create(struct endpoint *e, const struct netlink *from, int r, struct cni_error *err)
{
	struct link link;

	(void)cni_fail(err, r == -EEXIST ? CNI_ERR_CONFLICT : CNI_ERR_LINK, -r,
		       "failed to create %s %s", e->kind->link->name, e->call->ifname);
	netlink_explain(from, err);
	if (r == -EOPNOTSUPP)
		cni_error_details(err, "the kernel may lack this kind of link: modprobe %s",
				  e->kind->link->name);
	if (r != -EEXIST || link_get(&e->at.container, e->call->ifname, &link) < 0)
		return r;
	cni_error_release(err);
	return endpoint_fail_taken(e, err);
}

static int create(struct endpoint *e, struct link_spec *spec, struct netlink *from,
		  struct cni_error *err)
{
	int r;

	if (e->kind->create)
		return e->kind->create(e, spec, err);
	if (from != &e->at.container)
		spec->into = &e->at;
	r = link_create(from, spec);
	return r < 0 ? fail_create(e, from, r, err) : 0;
}

/*
 * The name was free before, so what has it now and is as a link of ours is born was made by a
 * request whose answer got lost.
 */
static void remove_half_made(struct endpoint *e)
{
	struct link link;

	if (link_get(&e->at.container, e->call->ifname, &link) == 0 && is_half_made(e, &link))
		ignore(link_delete(&e->at.container,
				   &link)); /* the first error is the one to tell */
}

/* By its name, which the container may have given to another link meanwhile. */
static int find_made(struct endpoint *e, const struct link_spec *spec, struct link *ret,
		     struct cni_error *err)
{
	int r = link_get(&e->at.container, e->call->ifname, ret);

	if (r == 0)
		r = endpoint_is_on(e, ret, spec->lower);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r,
				"failed to find %s in the container after creating it",
				e->call->ifname);
	if (r == 1)
		return 0;
	(void)cni_fail(err, CNI_ERR_CONFLICT, 0, "%s in the container is not the %s that was made",
		       e->call->ifname, e->kind->link->name);
	cni_error_details(err, "something in the container gave its name to another link");
	return -EXDEV;
}

static int make_link(struct endpoint *e, struct made_link *made, struct cni_error *err)
{
	struct link_spec spec = { .name = e->call->ifname, .kind = e->kind->link };
	struct netlink *from = &e->at.container;
	int r = 0;

	if (e->kind->stands) {
		from = endpoint_master_socket(e);
		r = endpoint_plan_master(e, &spec, err);
	}
	if (r == 0 && e->kind->plan)
		r = e->kind->plan(e, &spec, err);
	if (r < 0)
		return r;
	r = create(e, &spec, from, err);
	if (r == -EEXIST)
		return r;
	if (r == 0)
		r = find_made(e, &spec, &made->link, err);
	if (r == -EXDEV)
		return r; /* what has the name is the container's own */
	if (r < 0) {
		remove_half_made(e);
		return r;
	}
	made->nl = &e->at.container;
	return e->kind->finish ? e->kind->finish(e, &made->link, err) : 0;
}

static int configure(struct endpoint *e, const struct link *link, const struct result *result,
		     struct cni_error *err)
{
	const struct interface_spec spec = {
		.name = e->call->ifname,
		.link = link->index,
		.alias = e->owner.text,
		.dad = e->dad,
		.accept_ra = e->accept_ra,
		.is_up = ipam_is_on_link(e->call),
	};
	cleanup_announcer struct announcer announcer = ANNOUNCER_NONE;
	int r = interface_configure(&e->at, &spec, result, e->kind->announces ? &announcer : NULL,
				    err);

	if (r < 0)
		return r;
	if (e->kind->announces && result->ip_count && link->has_mac)
		interface_announce(&e->at, &announcer, &spec, link->mac, result);
	return 0;
}

/* For an IPAM plugin that speaks through it. */
static int raise_link(struct endpoint *e, const struct link *link, struct cni_error *err)
{
	const struct interface_spec spec = {
		.name = e->call->ifname,
		.link = link->index,
		.dad = e->dad,
		.accept_ra = e->accept_ra,
	};

	return interface_raise(&e->at, &spec, err);
}

/* The answer names this interface only, whoever gave the addresses. */
static void list_interface(const struct endpoint *e, const struct link *link, struct result *result)
{
	result_drop_interfaces(result);
	(void)interface_list(e->call, link->mac, result); /* its place is the first */
}

static int inherit(struct endpoint *e, struct result *ret, struct cni_error *err)
{
	int r = 0;

	if (ipam_is_set(e->call))
		return 0;
	if (e->kind->inherit)
		r = e->kind->inherit(e, ret, err);
	return r < 0 ? r : result_fits_version(ret, e->call->conf.version, err);
}

static int add_link(struct endpoint *e, struct lease *lease, struct made_link *made,
		    struct result *result, struct text *out, struct cni_error *err)
{
	int r;

	r = claim_name(e, err);
	if (r == 0 && ipam_is_set(e->call))
		r = ipam_start(e->call, true, lease, err);
	if (r == 0)
		r = make_link(e, made, err);
	if (r == 0 && ipam_is_on_link(e->call))
		r = raise_link(e, &made->link, err);
	if (r == 0 && ipam_is_set(e->call))
		r = ipam_finish(lease, result, err);
	if (r < 0)
		return r;
	list_interface(e, &made->link, result);
	return configure(e, &made->link, result, err)
		       ?: interface_answer(e->call, result, out, err);
}

int endpoint_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_endpoint struct endpoint e = endpoint_of(call);
	undo_lease struct lease lease = { 0 };
	undo_link struct made_link made = { 0 };
	cleanup_result struct result result = { 0 };
	int r;

	r = read_conf(&e, err);
	if (r == 0)
		r = inherit(&e, &result, err);
	if (r == 0)
		r = open_both(&e, call->allow_own_netns, err);
	if (r == 0)
		r = add_link(&e, &lease, &made, &result, out, err);
	if (r < 0) {
		lease_undo_before_link(&lease);
		return r;
	}
	link_keep(&made);
	lease_keep(&lease);
	return 0;
}

static int delete_link(struct endpoint *e, struct cni_error *err)
{
	int r = attach_open(&e->at, e->call->netns, e->call->allow_own_netns, err);

	if (r == -ENOENT) {
		cni_error_release(err); /* the namespace took the link along */
		return 0;
	}
	if (r == 0)
		r = attach_open_container(&e->at, err);
	if (r < 0)
		return r;
	r = endpoint_delete_links(e);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to delete %s in the container",
				e->call->ifname);
	return 0;
}

/* The lease goes last, so that nobody is given an address that still has a link; dhcp's goes first.
 */
int endpoint_del(struct cni_call *call, struct cni_error *err)
{
	cleanup_endpoint struct endpoint e = endpoint_of(call);
	cleanup_error struct cni_error more = { 0 };
	int r = 0;

	r = ipam_del_before_link(call, err);
	if (*call->netns)
		r = cni_error_collect(err, &more, r, delete_link(&e, &more));
	return cni_error_collect(err, &more, r, ipam_del_after_link(call, &more));
}

int endpoint_check(struct cni_call *call, struct cni_error *err)
{
	cleanup_endpoint struct endpoint e = endpoint_of(call);
	cleanup_result struct result prev = { 0 };
	const struct check_spec spec = { .kind = e.kind->link->name };
	struct link link;
	int r;

	r = read_conf(&e, err);
	if (r == 0)
		r = open_both(&e, true, err);
	if (r == 0 && ipam_is_set(call))
		r = ipam_check(call, err);
	if (r == 0)
		r = check_prev_result(call, &prev, err);
	if (r == 0)
		r = check_container(&e.at, call, &spec, &prev, &link, err);
	if (r == 0 && e.kind->stands)
		r = endpoint_check_master(&e, &link, err);
	return r < 0 || !e.kind->check ? r : e.kind->check(&e, &link, err);
}

int endpoint_status(struct cni_call *call, struct cni_error *err)
{
	cleanup_endpoint struct endpoint e = endpoint_of(call);
	int r;

	r = read_conf(&e, err);
	if (r == 0 && (e.kind->stands || e.kind->status))
		r = attach_open(&e.at, "", true, err);
	if (r == 0 && e.kind->stands)
		r = endpoint_status_master(&e, err);
	if (r == 0 && e.kind->status)
		r = e.kind->status(&e, err);
	return r < 0 ? r : ipam_status(call, err);
}
