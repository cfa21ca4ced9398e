/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host-device: lends a device of the host to a container. ADD:
 *   1. what an ADD that was killed left is brought home
 *   2. the device is found, and what it is and has is written to a file of the host
 *   3. it is moved, in one request
 *   4. addresses and routes, if there is an IPAM plugin
 */
#include <errno.h>

#include "adopt.h"
#include "base/alloc.h"
#include "base/warn.h"
#include "find.h"
#include "homeward.h"
#include "host_device_conf.h"
#include "plugin/attachments.h"
#include "plugin/check.h"
#include "plugin/interface.h"
#include "plugin/ipam.h"

/* A device that is out: fetched unless kept. */
struct loan {
	struct netlink *host; /* borrowed; NULL: nothing to undo */
	struct state *state;  /* borrowed */
};

#define undo_loan cleanup_with(loan_undo)

static void loan_undo(struct loan *loan)
{
	cleanup_error struct cni_error err = { 0 };

	if (!loan->host)
		return;
	if (homeward_fetch(loan->host, loan->state, "", &err) < 0 ||
	    state_remove(loan->state->owner, &err) < 0)
		cni_warn("%s stays in the container until DEL: %s", loan->state->name,
			 err.msg ? err.msg : "it is not to be seen");
}

static struct owner owner_of_call(const struct cni_call *call)
{
	const struct attachment attachment = call_attachment(call);

	return owner_of(&attachment);
}

/* 1 when there was something to bring, 0 when not. */
static int bring_home(struct netlink *host, const char *owner, const char *netns_path,
		      struct cni_error *err)
{
	cleanup_state struct state state = { 0 };
	int r = state_read(owner, &state, err);

	if (r <= 0)
		return r;
	r = homeward_fetch(host, &state, netns_path, err);
	if (r == -EAGAIN) {
		if (*state.was.parent)
			cni_warn("%s is in a namespace that lives on; it comes home when that ends",
				 state.name);
		return 1;
	}
	if (r == 0)
		r = state_remove(owner, err);
	return r < 0 ? r : 1;
}

static int fail_taken(const char *ifname, struct cni_error *err)
{
	(void)cni_fail(err, CNI_ERR_CONFLICT, EEXIST, "failed to move the device to %s", ifname);
	cni_error_details(err, "the container has an interface of this name: DEL it first, or "
			       "choose another CNI_IFNAME");
	return -EEXIST;
}

/* A finished ADD left an interface that is up; what a killed one left is brought home. */
static int claim_name(struct cni_call *call, struct attach *at, struct cni_error *err)
{
	const struct owner owner = owner_of_call(call);
	struct link link;
	int r = link_get(&at->container, call->ifname, &link);

	if (r == 0 && (link.flags & IFF_UP))
		return fail_taken(call->ifname, err);
	if (r == 0 || r == -ENODEV)
		r = bring_home(&at->host, owner.text, call->netns, err);
	if (r < 0)
		return r;
	r = link_get(&at->container, call->ifname, &link);
	if (r == 0)
		return fail_taken(call->ifname, err);
	if (r != -ENODEV)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up %s in the container",
				call->ifname);
	return 0;
}

static int lend(struct cni_call *call, struct attach *at, const struct link *device,
		struct state *state, struct loan *loan, struct link *ret, struct cni_error *err)
{
	const struct owner owner = owner_of_call(call);
	int r;

	if (device->flags & IFF_LOOPBACK)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "%s is the host's loopback interface",
				device->name);
	r = guest_describe(&at->host, device, state, err);
	if (r < 0)
		return r;
	memcpy(state->owner, owner.text, sizeof(state->owner));
	state->netns_path = xstrdup(call->netns);
	if (netns_identify(at->netns, &state->netns) < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "failed to identify %s", call->netns);
	r = state_write(state, err);
	if (r < 0)
		return r;
	*loan = (struct loan){ .host = &at->host, .state = state };
	return guest_send(at, call->ifname, state, ret, err) ?: state_write(state, err);
}

/* The alias is the host's name of it: what the reference's DEL goes by. Ours does not. */
static int configure(struct attach *at, const struct cni_call *call,
		     const struct host_device_conf *conf, const struct link *link,
		     const struct result *result, struct cni_error *err)
{
	const struct interface_spec spec = {
		.name = call->ifname,
		.link = link->index,
		.dad = conf->enable_dad,
		.accept_ra = conf->accept_ra,
		.is_up = ipam_is_on_link(call),
	};
	cleanup_announcer struct announcer announcer = ANNOUNCER_NONE;
	int r = interface_configure(at, &spec, result, &announcer, err);

	if (r == 0 && result->ip_count && link->has_mac)
		interface_announce(at, &announcer, &spec, link->mac, result);
	return r;
}

/* For an IPAM plugin that speaks through it. */
static int raise_device(struct attach *at, const struct cni_call *call,
			const struct host_device_conf *conf, const struct link *link,
			struct cni_error *err)
{
	const struct interface_spec spec = {
		.name = call->ifname,
		.link = link->index,
		.dad = conf->enable_dad,
		.accept_ra = conf->accept_ra,
	};

	return ipam_is_on_link(call) ? interface_raise(at, &spec, err) : 0;
}

/* A program of user space has the device: there is no link, only addresses to agree on. */
static int add_dpdk(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_result struct result result = { 0 };
	undo_lease struct lease lease = { 0 };
	int r = 0;

	if (ipam_is_set(call))
		r = ipam_start(call, true, &lease, err);
	if (r == 0 && ipam_is_set(call))
		r = ipam_finish(&lease, &result, err);
	if (r < 0) {
		lease_undo_before_link(&lease);
		return r;
	}
	result_drop_interfaces(&result);
	(void)interface_list(call, NULL, &result); /* its place is the first */
	r = interface_answer(call, &result, out, err);
	if (r == 0)
		lease_keep(&lease);
	return r;
}

static int add_link(struct cni_call *call, struct attach *at, const struct host_device_conf *conf,
		    const struct link *device, struct text *out, struct cni_error *err)
{
	cleanup_result struct result result = { 0 };
	cleanup_state struct state state = { 0 };
	undo_lease struct lease lease = { 0 };
	undo_loan struct loan loan = { 0 };
	struct link link;
	int r;

	r = ipam_is_set(call) ? ipam_start(call, true, &lease, err) : 0;
	if (r == 0)
		r = lend(call, at, device, &state, &loan, &link, err);
	if (r == 0)
		r = raise_device(at, call, conf, &link, err);
	if (r == 0 && ipam_is_set(call))
		r = ipam_finish(&lease, &result, err);
	if (r < 0)
		return r;
	result_drop_interfaces(&result);
	(void)interface_list(call, link.mac, &result);
	r = configure(at, call, conf, &link, &result, err)
		    ?: interface_answer(call, &result, out, err);
	if (r < 0) {
		lease_undo_before_link(&lease);
		return r;
	}
	loan.host = NULL;
	lease_keep(&lease);
	return 0;
}

static int add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_attach struct attach at = ATTACH_CLOSED;
	struct host_device_conf conf;
	struct link device;
	bool is_dpdk;
	int r;

	r = host_device_conf_read(call, &conf, err);
	if (r == 0 && !ipam_is_set(call))
		r = result_fits_version(&(struct result){ 0 }, call->conf.version, err);
	if (r == 0)
		r = attach_open(&at, call->netns, call->allow_own_netns, err);
	if (r == 0)
		r = attach_open_container(&at, err);
	if (r == 0)
		r = claim_name(call, &at, err);
	if (r == 0)
		r = find_device(&at.host, &conf, &device, &is_dpdk, err);
	if (r < 0)
		return r;
	return is_dpdk ? add_dpdk(call, out, err) : add_link(call, &at, &conf, &device, out, err);
}

static int return_device(struct cni_call *call, struct cni_error *err)
{
	cleanup_attach struct attach at = ATTACH_CLOSED;
	const struct owner owner = owner_of_call(call);
	int r = attach_open(&at, call->netns, call->allow_own_netns, err);

	if (r < 0 && at.host.fd < 0) {
		cni_error_release(err); /* what the file of the host says is enough */
		r = attach_open(&at, "", true, err);
	}
	if (r == 0)
		r = bring_home(&at.host, owner.text, call->netns, err);
	return r == 0 ? adopt_guest(call, &at, err) : r < 0 ? r : 0;
}

/* The lease goes last, so that nobody is given an address that still has a link. */
static int del(struct cni_call *call, struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };
	int r = ipam_del_before_link(call, err);

	r = cni_error_collect(err, &more, r, return_device(call, &more));
	return cni_error_collect(err, &more, r, ipam_del_after_link(call, &more));
}

/* The host knows what ADD moved, unless that was the reference's. */
static int check_identity(const struct cni_call *call, const struct link *link,
			  struct cni_error *err)
{
	const struct owner owner = owner_of_call(call);
	cleanup_state struct state state = { 0 };
	int r = state_read(owner.text, &state, err);

	if (r <= 0)
		return r;
	if (!state.is_out || guest_was(link, &state.is))
		return 0;
	return check_fail(err, "interface %s in the container is another device than %s",
			  link->name, state.name);
}

static int check(struct cni_call *call, struct cni_error *err)
{
	cleanup_attach struct attach at = ATTACH_CLOSED;
	cleanup_result struct result prev = { 0 };
	const struct check_spec spec = { .kind = NULL };
	struct host_device_conf conf;
	struct link link;
	int r;

	r = host_device_conf_read(call, &conf, err)
		    ?: attach_open(&at, call->netns, true, err)
		    ?: (ipam_is_set(call) ? ipam_check(call, err) : 0)
		    ?: check_prev_result(call, &prev, err);
	if (r < 0 || find_is_dpdk(&conf))
		return r;
	return check_container(&at, call, &spec, &prev, &link, err)
		       ?: check_identity(call, &link, err);
}

static int is_of_network(const char *owner, void *data)
{
	return owner_text_is_of_network(owner, data);
}

/* A device that a container of this network has is where it belongs. */
static int status(struct cni_call *call, struct cni_error *err)
{
	cleanup_attach struct attach at = ATTACH_CLOSED;
	cleanup_error struct cni_error cause = { 0 };
	struct host_device_conf conf;
	struct link device;
	bool is_dpdk;
	int r;

	/* Which device it is may be the runtime's to say, with each ADD. */
	if (host_device_conf_read(call, &conf, &cause) < 0)
		return ipam_status(call, err);
	r = attach_open(&at, "", true, err);
	if (r < 0)
		return r;
	r = find_device(&at.host, &conf, &device, &is_dpdk, &cause);
	if (r < 0 && state_each(is_of_network, (char *)call->conf.name) <= 0) {
		r = cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "%s", cause.msg);
		cni_error_details(
			err,
			"the device is not on the host, and no container of this network has it");
		return r;
	}
	return ipam_status(call, err);
}

struct collection {
	struct netlink *host;
	const struct netconf *conf;
	struct attachments *valid;
	struct cni_error *err;
	int r;
};

static int collect_one(const char *owner, void *data)
{
	struct collection *collection = data;
	cleanup_error struct cni_error more = { 0 };
	int r;

	if (!owner_text_is_of_network(owner, collection->conf->name) ||
	    attachments_keep(owner, collection->valid))
		return 0;
	r = bring_home(collection->host, owner, "", &more);
	collection->r = cni_error_collect(collection->err, &more, collection->r, r < 0 ? r : 0);
	return 0;
}

static int gc(struct cni_call *call, struct cni_error *err)
{
	cleanup_attachments struct attachments valid = { 0 };
	cleanup_attach struct attach at = ATTACH_CLOSED;
	cleanup_error struct cni_error more = { 0 };
	struct collection collection = {
		.host = &at.host, .conf = &call->conf, .valid = &valid, .err = err
	};
	int r = attachments_read(&call->conf, &valid, err);

	if (r < 0)
		return r;
	if (r > 0) {
		r = attach_open(&at, "", true, err) ?: state_each(collect_one, &collection);
		if (r < 0)
			return cni_fail(err, CNI_ERR_IO, -r,
					"failed to list the devices that are out");
	}
	return cni_error_collect(err, &more, collection.r, ipam_gc(call, &more));
}

static const struct cni_plugin host_device = {
	.name = "host-device",
	.delegates = true,
	.add = add,
	.del = del,
	.check = check,
	.status = status,
	.gc = gc,
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&host_device, count, arguments);
}
