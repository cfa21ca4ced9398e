/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows the way. It leads through a namespace that nobody else is in: there a device is looked at
 * and gets its names back before it is on the host. That namespace has a path of the host, so that
 * a device whose DEL was killed is found there by the next.
 */
#include "homeward.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "arrival.h"
#include "base/alloc.h"
#include "base/deadline.h"
#include "base/warn.h"
#include "names.h"
#include "net/nsid.h"
#include "stray.h"

enum { RETURN_TIMEOUT_MS = 2000, LOOKS = 3 };

static int open_path(const char *path, const struct netns_id *wanted)
{
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_close int fd = *path ? netns_open(path, &ignored) : -1;
	struct netns_id id;

	if (fd < 0 || netns_identify(fd, &id) < 0 || id.device != wanted->device ||
	    id.inode != wanted->inode)
		return -1;
	return steal_fd(&fd);
}

static int open_in(int netns, struct netlink *ret)
{
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;

	return netns_enter(&visit, netns, &ignored) ?: netlink_open(ret, NETLINK_ROUTE);
}

/* Where a device is must be known, so a question that got no answer is asked again. */
static int look(struct netlink *nl, const char *name, struct link *ret)
{
	int r = -ENODEV;

	for (int i = 0; i < LOOKS; i++) {
		r = link_get(nl, name, ret);
		if (r == 0 || r == -ENODEV)
			break;
	}
	return r;
}

/* The namespace between, and those at both ends. */
struct passage {
	const struct state *state;
	char *path; /* of the host, as long as a device may be in there */
	int fd, home;
	int container; /* borrowed; -1: none */
	struct netlink there;
};

static const char *way_name(const struct state *state)
{
	return *state->way_name ? state->way_name : state->name;
}

/* Under its own name once it has that. */
static int look_there(struct passage *p, struct link *ret)
{
	int r = look(&p->there, p->state->name, ret);

	return r == -ENODEV ? look(&p->there, way_name(p->state), ret) : r;
}

/* What every namespace has could be called as the container calls the device. */
static int hide_loopback(struct passage *p)
{
	char name[IFNAMSIZ];
	struct nl_msg *msg;
	struct link lo;

	if (!*p->state->way_name || link_get(&p->there, "lo", &lo) < 0)
		return 0;
	memcpy(name, p->state->way_name, sizeof(name));
	name[0] = 'l';
	msg = link_change_request(lo.index, &(struct link_change){ 0 });
	nla_put_string(msg, IFLA_IFNAME, name);
	return netlink_call(&p->there, msg);
}

#define cleanup_passage cleanup_with(passage_close)

/* With a device in it, it stays for the next DEL. */
static void passage_close(struct passage *p)
{
	struct link link;

	if (p->fd >= 0 && look_there(p, &link) == -ENODEV && netns_unpin(p->path) < 0)
		cni_warn("%s could not be removed", p->path);
	netlink_shut(&p->there);
	close_fd(&p->fd);
	close_fd(&p->home);
	free(p->path);
}

static struct passage passage_for(const struct state *state, int container)
{
	return (struct passage){
		.state = state,
		.path = state_passage(state->owner),
		.fd = -1,
		.home = netns_open_own(),
		.container = container,
		.there = NETLINK_CLOSED,
	};
}

/* A virtual device ends with its namespace, so this one must outlive us. */
static int passage_make(struct passage *p)
{
	int r;

	p->fd = netns_make();
	if (p->fd < 0)
		return p->fd;
	r = open_in(p->fd, &p->there) ?: hide_loopback(p);
	if (r == 0 && netns_pin(p->fd, p->path) < 0)
		cni_warn("cannot mount %s, and works without", p->path);
	return r;
}

/*
 * Only its own other end tells a virtual device from one that a container made to look like it.
 * -ESTALE: it is another.
 */
static int judge_between(struct passage *p, const struct link *link)
{
	const struct identity *was = &p->state->was;
	int home;

	if (!text_equal(link->kind, was->kind) || !text_equal(link->parent, was->parent))
		return -ESTALE;
	if (*was->parent || (!link->peer && !was->peer))
		return 0;
	if (link->peer != was->peer || !link->peer_is_elsewhere)
		return -ESTALE;
	home = nsid_of(&p->there, p->home);
	if (home < 0 && home != -ENOENT)
		return home;
	return (home == link->peer_netns) != was->peer_is_elsewhere ? 0 : -ESTALE;
}

/* The host's numbers of namespaces tell whether it leads to where it led. */
static int judge_at_home(struct passage *p, struct netlink *host)
{
	const struct identity *was = &p->state->was;
	struct link link;
	int r;

	if (*was->parent || !was->peer_is_elsewhere)
		return 0;
	r = look(host, p->state->name, &link);
	if (r < 0 || (link.peer_is_elsewhere && link.peer_netns == was->peer_netns))
		return r;
	r = netlink_call(host, guest_move_request(link.index, p->fd, NULL));
	return r < 0 ? r : -ESTALE;
}

/* Home, or else back. */
static int leave(struct passage *p, struct netlink *host, const char *name_there)
{
	struct link arrived = { 0 };
	int r = look_there(p, &arrived)
			?: judge_between(p, &arrived)
			?: guest_dress(&p->there, &arrived, p->state)
			?: netlink_call(&p->there,
					guest_move_request(arrived.index, p->home, NULL))
			?: judge_at_home(p, host);

	/* The answer may be what got lost. */
	if (r < 0 && look_there(p, &arrived) == -ENODEV)
		return 0;
	for (int i = 0; r < 0 && p->container >= 0 && i < LOOKS; i++)
		if (netlink_call(&p->there,
				 guest_move_request(arrived.index, p->container, name_there)) == 0)
			break;
	return r;
}

static int travel(struct netlink *host, struct netlink *from, int container,
		  const struct link *link, const struct state *state)
{
	cleanup_passage struct passage p = passage_for(state, container);
	struct link arrived;
	int r;

	if (p.home < 0)
		return p.home;
	/* Best effort: a name of theirs may be one that every namespace has. */
	ignore(names_set(from, link->index, &state->alternative_names));
	r = passage_make(&p);
	if (r < 0)
		return r;
	r = netlink_call(from, guest_move_request(link->index, p.fd, way_name(state)));
	if (r < 0 && look_there(&p, &arrived) == -ENODEV)
		return r;
	return leave(&p, host, link->name);
}

/* A DEL was killed while the device was on its way; 1 when none was. */
static int resume(struct netlink *host, const struct state *state, int container)
{
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_passage struct passage p = passage_for(state, container);
	struct link link;
	int r;

	p.fd = netns_open(p.path, &ignored);
	if (p.fd < 0) {
		ignore(netns_unpin(p.path)); /* a file that nothing is mounted on, or none */
		return 1;
	}
	r = p.home < 0 ? p.home : open_in(p.fd, &p.there);
	if (r == 0)
		r = look_there(&p, &link);
	return r == -ENODEV ? 1 : r < 0 ? r : leave(&p, host, state->name);
}

static int fail_name(const struct state *state, struct cni_error *err)
{
	(void)cni_fail(err, CNI_ERR_CONFLICT, EEXIST, "failed to bring %s back to the host",
		       state->name);
	cni_error_details(
		err, "the host has another link of this name: rename that one, then DEL again");
	return -EEXIST;
}

static int fail_return(const struct state *state, int r, struct cni_error *err)
{
	if (r == -EEXIST)
		return fail_name(state, err);
	return cni_fail(err, CNI_ERR_LINK, -r, "failed to bring %s back to the host", state->name);
}

/*
 * An ADD that was killed noted only that it was about to move it. Without a note of where it is, a
 * DEL that is killed once it is home leaves what looks as if it had never been away.
 */
static void note_where(const struct state *state, const struct link *link)
{
	cleanup_error struct cni_error ignored = { 0 };
	struct state known = *state; /* borrows all it points to */

	if (state->is_out)
		return;
	guest_note(link, &known);
	ignore(state_write(&known, &ignored)); /* only a kill will need it */
}

/* What a DEL that was killed brought home; the container may have one like what it was there. */
static bool is_home(struct netlink *host, const struct state *state)
{
	struct link link;

	return link_get(host, state->name, &link) == 0 && link.index == state->was.index &&
	       guest_was(&link, &state->was);
}

static int arrive(struct netlink *host, const struct state *state, int r, struct cni_error *err)
{
	if (r == -ESTALE) {
		cni_warn(
			"the link in the place of %s is none of the host's, and stays in the container",
			state->name);
		return 1;
	}
	if (r < 0)
		return fail_return(state, r, err);
	settle(host, state);
	return 0;
}

/* 1 when it is not there. */
static int fetch_from(struct netlink *host, int netns, const struct state *state,
		      struct cni_error *err)
{
	cleanup_netlink struct netlink container = NETLINK_CLOSED;
	struct link link, other;
	int r = open_in(netns, &container) ?: guest_find(&container, state, &link);

	if (r == -ENODEV)
		return 1;
	if (r == 0 && link_get(host, state->name, &other) == 0)
		return is_home(host, state) ? 1 : fail_name(state, err);
	if (r == 0) {
		note_where(state, &link);
		r = travel(host, &container, netns, &link, state);
	}
	return arrive(host, state, r, err);
}

/* The container moved it on; 1 when there is none further away. */
static int fetch_stray(struct netlink *host, const struct state *state, struct cni_error *err)
{
	cleanup_netlink struct netlink there = NETLINK_CLOSED;
	cleanup_close int netns = -1;
	struct link link, other;
	int r = stray_find(host, state, &netns, &link);

	if (r)
		return r;
	if (link_get(host, state->name, &other) == 0)
		return fail_name(state, err);
	r = open_in(netns, &there) ?: travel(host, &there, netns, &link, state);
	return arrive(host, state, r, err);
}

static int is_link_message(const struct nlmsghdr *message, void *data)
{
	(void)data;
	return message->nlmsg_type == RTM_NEWLINK;
}

/* The kernel takes a namespace down some time after its end. */
static int wait_for_hardware(struct netlink *host, const struct state *state, struct link *ret)
{
	cleanup_netlink struct netlink notifications = NETLINK_CLOSED;
	struct deadline deadline = deadline_in(RETURN_TIMEOUT_MS);
	int r = netlink_subscribe(&notifications, NETLINK_ROUTE, RTNLGRP_LINK);

	while (r == 0) {
		r = guest_find(host, state, ret);
		if (r != -ENODEV)
			return r;
		r = netlink_wait(&notifications, deadline, is_link_message, NULL);
	}
	return r == -ETIMEDOUT ? -EAGAIN : r;
}

/* It is home by what a killed DEL did, or the kernel brought it, under whatever name. */
static int receive_home(struct netlink *host, const struct state *state, bool is_expected,
			struct cni_error *err)
{
	struct link link;
	int r;

	if (!*state->was.parent) {
		r = link_get(host, state->name, &link);
		if (r < 0 || !guest_was(&link, &state->was)) {
			if (is_expected)
				cni_warn(
					"%s is not home: something in %s deleted it, or moved it to another namespace",
					state->name, state->netns_path);
			return 0;
		}
	} else {
		r = guest_find(host, state, &link);
		if (r == -ENODEV)
			r = wait_for_hardware(host, state, &link);
	}
	if (r == -EAGAIN)
		return r;
	if (r == 0)
		r = guest_dress(host, &link, state);
	if (r == -EEXIST)
		return fail_name(state, err);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to give %s its name back",
				state->name);
	settle(host, state);
	return 0;
}

int homeward_fetch(struct netlink *host, const struct state *state, const char *netns_path,
		   struct cni_error *err)
{
	cleanup_close int given = open_path(netns_path, &state->netns);
	cleanup_close int seen = given < 0 ? open_path(state->netns_path, &state->netns) : -1;
	const int netns = given < 0 ? seen : given;
	int r;

	if (!state->is_out && is_home(host, state))
		return 0; /* it never left, and the container may have one that is like it */
	r = resume(host, state, netns);
	if (r == 0)
		settle(host, state);
	if (r == 1 && netns >= 0)
		r = fetch_from(host, netns, state, err);
	else if (r < 0 && r != -ESTALE)
		return fail_return(state, r, err);
	if (r == 1 && !is_home(host, state))
		r = fetch_stray(host, state, err);
	return r == 1 || r == -ESTALE ? receive_home(host, state, netns >= 0, err) : r;
}
