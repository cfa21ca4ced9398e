/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the veth pair of an attachment is made, and how all that belongs to it goes. */
#include "plugin/pair.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/warn.h"
#include "net/altname.h"
#include "nft/tables.h"
#include "plugin/attachments.h"
#include "types/pod.h"

enum { UP_TIMEOUT_MS = 5000 };

struct pair pair_of(struct cni_call *call)
{
	return (struct pair){ .call = call, .at = ATTACH_CLOSED, .rules = rules_of(call) };
}

int pair_open(struct pair *pair, bool has_rules, struct cni_error *err)
{
	struct cni_call *call = pair->call;

	return attach_open(&pair->at, call->netns, call->allow_own_netns, err)
		       ?: attach_open_container(&pair->at, err)
		       ?: (has_rules ? rules_open(&pair->rules, err) : 0);
}

static int fail_alive(const struct cni_call *call, const struct link *held, struct cni_error *err)
{
	int r = cni_fail(err, CNI_ERR_CONFLICT, EEXIST,
			 "container veth name provided (%s) already exists", call->ifname);

	cni_error_details(err, "container %s is attached already, by %s on the host; DEL it first",
			  call->container_id, held->name);
	return r;
}

/* The name for the host's end. */
static int claim_name(struct pair *pair, bool down_is_alive, char ret_name[IFNAMSIZ],
		      struct cni_error *err)
{
	cleanup_error struct cni_error ignored = { 0 };
	struct netlink *host = &pair->at.host;
	struct link held;
	bool is_held;
	int r;

	r = veth_pick_name(host, &pair->rules.owner, ret_name, &is_held, &held, err);
	if (r < 0 || !is_held)
		return r;
	if (down_is_alive || (held.flags & IFF_RUNNING))
		return fail_alive(pair->call, &held, err);
	r = link_delete(host, &held);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to remove the half-made %s",
				held.name);
	if (ipam_is_set(pair->call))
		ignore(ipam_del(pair->call,
				&ignored)); /* there may be no lease; the ADD will tell */
	return 0;
}

/* Then a lease that an ADD takes cannot be that of a living attachment. */
static bool is_vacant(struct pair *pair)
{
	struct link link;

	return link_get(&pair->at.container, pair->call->ifname, &link) == -ENODEV;
}

int pair_make(struct pair *pair, struct veth_spec *spec, bool down_is_alive, struct cni_error *err)
{
	struct cni_call *call = pair->call;
	char name[IFNAMSIZ];
	int r = claim_name(pair, down_is_alive, name, err);

	spec->container_name = call->ifname;
	spec->owner = &pair->rules.owner;
	if (r == 0 && ipam_is_set(call))
		r = ipam_start(call, is_vacant(pair), &pair->lease, err);
	return r ?: veth_create(&pair->at, spec, name, &pair->veth, err);
}

static struct interface_spec container_end(const struct pair *pair)
{
	return (struct interface_spec){
		.name = pair->call->ifname,
		.link = pair->veth.container_index,
		.dad = pair->dad,
		.accept_ra = pair->accept_ra,
		.is_up = ipam_is_on_link(pair->call),
	};
}

/* A port that does not forward yet would swallow the first question; the plugin asks again. */
static int raise_for_ipam(struct pair *pair, struct cni_error *err)
{
	const struct interface_spec spec = container_end(pair);
	const int host = pair->veth.host.link.index;
	uint8_t state;

	if (!ipam_is_on_link(pair->call))
		return 0;
	if (interface_raise(&pair->at, &spec, err) < 0)
		return -EINVAL;
	ignore(link_wait_up(&pair->at.host, host, UP_TIMEOUT_MS, &state));
	return 0;
}

int pair_hear_ipam(struct pair *pair, int mtu, struct cni_error *err)
{
	if (!ipam_is_set(pair->call))
		return 0;
	return raise_for_ipam(pair, err)
		       ?: ipam_finish(&pair->lease, &pair->result, err)
		       ?: ipam_check_mtu_of_result(&pair->result, mtu, err);
}

struct interface_spec pair_list(struct pair *pair)
{
	const struct link *host = &pair->veth.host.link;
	struct interface_spec spec = container_end(pair);
	char mac[MAC_TEXT];

	(void)result_add_interface(&pair->result, host->name, mac_print(host->mac, mac), NULL);
	spec.result_index = interface_list(pair->call, pair->veth.container_mac, &pair->result);
	return spec;
}

int pair_wait_up(struct pair *pair, uint8_t *ret_state, struct cni_error *err)
{
	const struct link *host = &pair->veth.host.link;
	int r = link_wait_up(&pair->at.host, host->index, UP_TIMEOUT_MS, ret_state);

	if (r < 0)
		return cni_fail(err, r == -EINTR ? CNI_ERR_TRY_LATER : CNI_ERR_LINK, -r,
				"failed to wait for %s to come up", host->name);
	return 0;
}

/* For people who look at the host's links; whoever has the name already keeps it. */
static void name_after_pod(struct pair *pair)
{
	cleanup_pod struct pod pod = { 0 };
	cleanup_free char *name = NULL, *reason = NULL;
	int r;

	pod_read(pair->call->args, &pod);
	name = pod_link_name(&pod, pair->call->ifname);
	if (!name)
		return;
	r = altname_add(&pair->at.host, pair->veth.host.link.index, name);
	if (r == 0)
		return;
	reason = error_text(-r);
	cni_warn("%s does not get the alternative name %s: %s", pair->veth.host.link.name, name,
		 reason);
}

int pair_answer(struct pair *pair, struct text *out, struct cni_error *err)
{
	int r = interface_answer(pair->call, &pair->result, out, err);

	if (r < 0)
		return r;
	link_keep(&pair->veth.host);
	rules_keep(&pair->rules);
	lease_keep(&pair->lease);
	if (pair->alt_name)
		name_after_pod(pair);
	return 0;
}

void pair_undo(struct pair *pair)
{
	result_release(&pair->result);
	lease_undo_before_link(&pair->lease);
	link_undo(&pair->veth.host);
	attach_close(&pair->at);
	rules_undo(&pair->rules);
	lease_undo(&pair->lease);
}

/* The links that go with an attachment. */
struct ends {
	struct netlink *nl; /* borrowed */
	struct link links[VETH_NAMES];
	int count;
};

/*
 * Of this owner by its host end; one that the reference made, by the container's end. Other links
 * of that name are the container's own, and some of them nobody can delete: lo under another name.
 */
static int find_ends(struct attach *at, const struct cni_call *call, const struct owner *owner,
		     struct ends *ret, struct cni_error *err)
{
	struct link link;
	int r;

	*ret = (struct ends){ .nl = &at->host };
	r = veth_list_of_owner(&at->host, owner, ret->links, err);
	if (r > 0)
		ret->count = r;
	if (r != 0 || at->netns < 0)
		return r < 0 ? r : 0;
	r = attach_open_container(at, err);
	if (r < 0)
		return r;
	r = link_get(&at->container, call->ifname, &link);
	if (r == -ENODEV || (r == 0 && !text_equal(link.kind, "veth")))
		return 0;
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot look up %s in the container",
				call->ifname);
	*ret = (struct ends){ .nl = &at->container, .links = { link }, .count = 1 };
	return 0;
}

/* From here on the container sends nothing that needs rules. */
static void silence_ends(const struct ends *ends)
{
	for (int i = 0; i < ends->count; i++)
		ignore(link_set_down(ends->nl,
				     ends->links[i].index)); /* it is to be deleted anyway */
}

static int delete_ends(const struct ends *ends, const struct owner *owner, struct cni_error *err)
{
	for (int i = 0; i < ends->count; i++) {
		int r = link_delete(ends->nl, &ends->links[i]);

		if (r < 0)
			return netlink_fail(ends->nl, err, r, "cannot delete a link of %s",
					    owner->text);
	}
	return 0;
}

/*
 * A namespace that is gone took its interface along; whatever else is wrong with it, the host's
 * side can be cleaned.
 */
static int open_ends(struct attach *at, const struct cni_call *call, struct cni_error *err)
{
	int r = attach_open(at, call->netns, call->allow_own_netns, err);

	if (r == 0 || !*call->netns)
		return r;
	if (r == -ENOENT) {
		cni_error_release(err);
		return attach_open(at, "", true, err);
	}
	ignore(attach_open(at, "", true, NULL)); /* the first failure is reported */
	return r;
}

/*
 * The rules go before the link: after a deletion the kernel lets nobody close the socket to
 * nftables for some 15 ms, and while it deletes the link these pass. The lease goes last, so that
 * nobody is given an address that still has a link; or first, where it takes the link to give it
 * back.
 */
int pair_del(struct cni_call *call, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(call);
	cleanup_attach struct attach at = ATTACH_CLOSED;
	cleanup_error struct cni_error more = { 0 };
	struct ends ends = { 0 };
	int r;

	r = open_ends(&at, call, err);
	if (at.host.fd >= 0)
		r = cni_error_collect(err, &more, r,
				      find_ends(&at, call, &rules.owner, &ends, &more));
	r = cni_error_collect(err, &more, r, ipam_del_before_link(call, &more));
	silence_ends(&ends);
	r = cni_error_collect(err, &more, r, rules_delete(&rules, &more));
	r = cni_error_collect(err, &more, r, delete_ends(&ends, &rules.owner, &more));
	if (call->conf.has_unreadable_ipam)
		ipam_del_unnamed(call);
	return cni_error_collect(err, &more, r, ipam_del_after_link(call, &more));
}

struct collecting {
	const char *network;
	struct attachments *valid;
	struct link *links; /* whose owner is not valid */
	size_t count;
	struct attachments stayed;
};

static void collecting_release(struct collecting *c)
{
	free(c->links);
	attachments_release(&c->stayed);
}

static int note_link(const struct link *link, void *data)
{
	struct collecting *c = data;

	if (!owner_text_is_of_network(link->alias, c->network) ||
	    attachments_keep(link->alias, c->valid) || !veth_is_host_end(link))
		return 0;
	c->links = xgrow(c->links, c->count, sizeof(*c->links));
	c->links[c->count++] = *link;
	return 0;
}

/* Whose link stays keeps the rest as well, and is valid from here on. */
static int delete_links(struct netlink *host, struct collecting *c, struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };
	int result = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct link *link = &c->links[i];
		int r = link_delete(host, link);

		if (r == 0)
			continue;
		(void)netlink_fail(host, &more, r, "failed to delete %s, the link of %s",
				   link->name, link->alias);
		result = cni_error_collect(err, &more, result, r);
		attachments_add(c->valid, link->alias);
		attachments_add(&c->stayed, link->alias);
	}
	return result;
}

static int list_links(struct attach *at, struct collecting *c, struct cni_error *err)
{
	int r = attach_open(at, "", true, err);

	if (r < 0)
		return r;
	r = link_each(&at->host, note_link, c);
	return r < 0 ? cni_fail(err, CNI_ERR_LINK, -r, "failed to list the links of network %s",
				c->network)
		     : 0;
}

/* Whose link stays keeps the address. */
static int collect_leases(struct cni_call *call, const struct collecting *c, struct cni_error *err)
{
	cleanup_text struct text input = { 0 };
	struct cni_call changed = *call;

	if (c->stayed.count == 0)
		return ipam_gc(call, err);
	if (!attachments_write(&call->conf, &c->stayed, &input))
		return 0; /* nobody's address goes, where the plugin cannot be told whose stays */
	changed.input = input;
	return ipam_gc(&changed, err);
}

int pair_gc(struct cni_call *call, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(call);
	cleanup_attach struct attach at = ATTACH_CLOSED;
	cleanup_attachments struct attachments valid = { 0 };
	cleanup_error struct cni_error more = { 0 };
	cleanup_with(collecting_release) struct collecting c = { .network = call->conf.name,
								 .valid = &valid };
	int has_list = attachments_read(&call->conf, &valid, err);
	int r;

	if (has_list < 0)
		return has_list;
	if (!has_list)
		return ipam_gc(call, err);
	r = list_links(&at, &c, err);
	if (r < 0)
		return r; /* nobody knows who has a link still */
	r = ipam_is_on_link(call) ? ipam_gc(call, err) : 0;
	r = cni_error_collect(err, &more, r, delete_links(&at.host, &c, &more));
	r = cni_error_collect(err, &more, r,
			      rules_collect(&rules, attachment_tables, ATTACHMENT_TABLES, &valid,
					    &more));
	return ipam_is_on_link(call)
		       ? r
		       : cni_error_collect(err, &more, r, collect_leases(call, &c, &more));
}
