/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a link changes its namespace, and what to make of it before it comes back. */
#include "guest.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "base/warn.h"
#include "names.h"

/* What of its flags somebody sets. */
static const uint32_t kept_flags = IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_NOARP;

enum { RETURN_TIMEOUT_MS = 2000 };

static void identify(const struct link *link, struct identity *ret)
{
	*ret = (struct identity){
		.index = link->index,
		.peer = link->peer,
		.peer_is_elsewhere = link->peer_is_elsewhere,
		.peer_netns = link->peer_netns,
	};
	(void)snprintf(ret->kind, sizeof(ret->kind), "%s", link->kind);
	(void)snprintf(ret->parent, sizeof(ret->parent), "%s", link->parent);
}

void guest_adopt(const struct link *link, const char *name, struct state *ret)
{
	identify(link, &ret->is);
	ret->is_out = true;
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	ret->mtu = link->mtu;
	ret->has_mac = link->has_mac;
	memcpy(ret->mac, link->mac, MAC_SIZE);
}

int guest_describe(struct netlink *host, const struct link *link, struct state *ret,
		   struct cni_error *err)
{
	int r;

	guest_adopt(link, link->name, ret);
	ret->is_out = false;
	ret->flags = link->flags & kept_flags;
	r = names_read(host, link->index, &ret->alternative_names);
	if (r == 0)
		r = belongings_read(host, link->index, &ret->belongings);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to read what %s has", link->name);
	return 0;
}

static struct nl_msg *move_request(int index, int netns, const char *name)
{
	struct nl_msg *msg = link_change_request(index, &(struct link_change){ 0 });

	nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)netns);
	if (name)
		nla_put_string(msg, IFLA_IFNAME, name);
	return msg;
}

int guest_send(struct attach *at, const char *name, struct state *state, struct link *ret,
	       struct cni_error *err)
{
	struct nl_msg *msg = move_request(state->is.index, at->netns, name);
	int r;

	nla_put_string(msg, IFLA_IFALIAS, state->name);
	r = netlink_call(&at->host, msg);
	if (r < 0) {
		(void)cni_fail(err, CNI_ERR_LINK, -r, "failed to move %s to the container",
			       state->name);
		netlink_explain(&at->host, err);
		return r;
	}
	r = link_get(&at->container, name, ret);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to find %s in the container", name);
	identify(ret, &state->is);
	state->is_out = true;
	return 0;
}

/* ---- the way home */

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
	int r = netns_enter(&visit, netns, &ignored);

	return r < 0 ? r : netlink_open(ret, NETLINK_ROUTE);
}

/*
 * Hardware is what it is wherever it is; of others there may be any number alike. Every namespace
 * has numbers of its own for the others.
 */
static bool is_it(const struct link *link, const struct identity *is, bool is_seen_elsewhere)
{
	if (!text_equal(link->kind, is->kind) || !text_equal(link->parent, is->parent))
		return false;
	if (*is->parent)
		return true;
	return link->index == is->index && link->peer == is->peer &&
	       (is_seen_elsewhere || (link->peer_is_elsewhere == is->peer_is_elsewhere &&
				      link->peer_netns == is->peer_netns));
}

struct search {
	const struct identity *is;
	struct link *ret;
};

static int note(const struct link *link, void *data)
{
	const struct search *search = data;

	if (!is_it(link, search->is, false))
		return 0;
	*search->ret = *link;
	return 1;
}

static int find(struct netlink *nl, const struct identity *is, bool is_seen_elsewhere,
		struct link *ret)
{
	int r = link_get_index(nl, is->index, ret);

	if (r == 0 && is_it(ret, is, is_seen_elsewhere))
		return 0;
	if (r < 0 && r != -ENODEV)
		return r;
	if (!*is->parent)
		return -ENODEV;
	r = link_each(nl, note, &(struct search){ .is = is, .ret = ret });
	return r < 0 ? r : r == 1 ? 0 : -ENODEV;
}

/* Names first: whatever else fails, it must not be called as the container wishes. */
static int dress(struct netlink *nl, const struct link *link, const struct state *state)
{
	const bool is_called_so = text_equal(link->name, state->name);
	const uint32_t off = kept_flags & ~state->flags & ~(is_called_so ? IFF_UP : 0U);
	struct nl_msg *msg;
	int r;

	r = names_set(nl, link->index, &state->alternative_names);
	if (r == 0 && !is_called_so)
		r = link_set_down(nl, link->index);
	if (r < 0)
		return r;
	msg = link_change_request(link->index, &(struct link_change){ .alias = "", .off = off });
	nla_put_string(msg, IFLA_IFNAME, state->name);
	r = netlink_call(nl, msg);
	if (r < 0)
		return r;
	if (state->has_mac && memcmp(state->mac, link->mac, MAC_SIZE) != 0 &&
	    link_set_mac(nl, link->index, state->mac) < 0)
		cni_warn("%s could not get its MAC back", state->name);
	if (link->mtu == state->mtu)
		return 0;
	msg = link_change_request(link->index, &(struct link_change){ 0 });
	nla_put_u32(msg, IFLA_MTU, (uint32_t)state->mtu);
	if (netlink_call(nl, msg) < 0)
		cni_warn("%s could not get its MTU of %d back", state->name, state->mtu);
	return 0;
}

static void settle(struct netlink *host, const struct state *state)
{
	const struct link_change change = { .on = state->flags };
	struct link link;
	int r = link_get(host, state->name, &link);

	if (r == 0 && state->flags)
		r = netlink_call(host, link_change_request(link.index, &change));
	if (r == 0)
		r = belongings_restore(host, link.index, &state->belongings);
	if (r < 0) {
		cleanup_free char *reason = error_text(-r);

		cni_warn("%s is back, but not all of its addresses and routes: %s", state->name,
			 reason);
	}
}

enum { LOOKS = 3 };

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

/* Home, or back: this namespace ends with us, and a virtual link would with it. */
static int leave(struct netlink *there, int home, int back, const struct link *link,
		 const struct state *state)
{
	struct link arrived = { .index = link->index };
	int r = look(there, state->name, &arrived);

	if (r == 0)
		r = dress(there, &arrived, state);
	if (r == 0)
		r = netlink_call(there, move_request(arrived.index, home, NULL));
	/* The answer may be what got lost. */
	if (r < 0 && look(there, state->name, &arrived) == -ENODEV)
		return 0;
	for (int i = 0; r < 0 && i < LOOKS; i++)
		if (netlink_call(there, move_request(arrived.index, back, link->name)) == 0)
			break;
	return r;
}

/* By a namespace of our own. */
static int travel(struct netlink *from, int from_fd, const struct link *link,
		  const struct state *state)
{
	cleanup_close int home = netns_open_own();
	cleanup_close int between = netns_make();
	cleanup_netlink struct netlink there = NETLINK_CLOSED;
	struct link arrived;
	int r;

	if (home < 0 || between < 0)
		return home < 0 ? home : between;
	/* Best effort: a name of theirs may be one that every namespace has. */
	ignore(names_set(from, link->index, &state->alternative_names));
	r = open_in(between, &there);
	if (r < 0)
		return r;
	r = netlink_call(from, move_request(link->index, between, state->name));
	if (r < 0 && look(&there, state->name, &arrived) == -ENODEV)
		return r;
	return leave(&there, home, from_fd, link, state);
}

static int fail_name(const struct state *state, struct cni_error *err)
{
	(void)cni_fail(err, CNI_ERR_CONFLICT, EEXIST, "failed to bring %s back to the host",
		       state->name);
	cni_error_details(
		err, "the host has another link of this name: rename that one, then DEL again");
	return -EEXIST;
}

/* 1 when it is not there. */
static int fetch_from(struct netlink *host, int netns, const struct state *state,
		      struct cni_error *err)
{
	cleanup_netlink struct netlink container = NETLINK_CLOSED;
	struct link link, other;
	int r = open_in(netns, &container);

	if (r == 0)
		r = find(&container, &state->is, !state->is_out, &link);
	if (r == -ENODEV)
		return 1;
	if (r == 0 && link_get(host, state->name, &other) == 0)
		return fail_name(state, err);
	if (r == 0)
		r = travel(&container, netns, &link, state);
	if (r == -EEXIST)
		return fail_name(state, err);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to bring %s back to the host",
				state->name);
	settle(host, state);
	return 0;
}

static int is_link_message(const struct nlmsghdr *message, void *data)
{
	(void)data;
	return message->nlmsg_type == RTM_NEWLINK;
}

/* The kernel takes a namespace down some time after its end. */
static int wait_for_hardware(struct netlink *host, const struct identity *is, struct link *ret)
{
	cleanup_netlink struct netlink notifications = NETLINK_CLOSED;
	struct deadline deadline = deadline_in(RETURN_TIMEOUT_MS);
	int r = netlink_subscribe(&notifications, NETLINK_ROUTE, RTNLGRP_LINK);

	while (r == 0) {
		r = find(host, is, true, ret);
		if (r != -ENODEV)
			return r;
		r = netlink_wait(&notifications, deadline, is_link_message, NULL);
	}
	return r == -ETIMEDOUT ? -EAGAIN : r;
}

/* It never left, or the kernel brought it, under whatever name. */
static int receive_home(struct netlink *host, const struct state *state, struct cni_error *err)
{
	struct link link;
	int r = find(host, &state->is, true, &link);

	/* Any link may have this number by now, but hardly of this name. */
	if (!*state->is.parent && (r == -ENODEV || !text_equal(link.name, state->name)))
		return 0;
	if (r == -ENODEV)
		r = wait_for_hardware(host, &state->is, &link);
	if (r == -EAGAIN)
		return r;
	if (r == 0)
		r = dress(host, &link, state);
	if (r == -EEXIST)
		return fail_name(state, err);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to give %s its name back",
				state->name);
	settle(host, state);
	return 0;
}

/* What did not leave is as it was, and the container may have one that is like it. */
static bool never_left(struct netlink *host, const struct state *state)
{
	struct link link;

	return !state->is_out && link_get(host, state->name, &link) == 0 &&
	       is_it(&link, &state->is, false);
}

int guest_fetch(struct netlink *host, const struct state *state, const char *netns_path,
		struct cni_error *err)
{
	cleanup_close int given = open_path(netns_path, &state->netns);
	cleanup_close int seen = given < 0 ? open_path(state->netns_path, &state->netns) : -1;
	const int netns = given < 0 ? seen : given;
	int r;

	if (never_left(host, state))
		return 0;
	r = netns < 0 ? 1 : fetch_from(host, netns, state, err);
	return r == 1 ? receive_home(host, state, err) : r;
}
