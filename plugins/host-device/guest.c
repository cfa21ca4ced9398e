/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a link changes its namespace, and what to make of it before it comes back. */
#include "guest.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/warn.h"
#include "names.h"
#include "settings.h"
#include "stray.h"

/* What of its flags somebody sets. */
static const uint32_t kept_flags = IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_NOARP | IFF_MULTICAST |
				   IFF_DEBUG | IFF_NOTRAILERS | IFF_DYNAMIC | IFF_PORTSEL |
				   IFF_AUTOMEDIA;

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

void guest_note(const struct link *link, struct state *ret)
{
	identify(link, &ret->is);
	ret->is_out = true;
}

/* Without one, alternative names that the container gives at that moment can be in the way. */
static void choose_way_name(char ret[IFNAMSIZ])
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == (ssize_t)sizeof(number))
		(void)snprintf(ret, IFNAMSIZ, "w%014" PRIx64, number >> 8);
}

void guest_adopt(const struct link *link, const char *name, struct state *ret)
{
	guest_note(link, ret);
	identify(link, &ret->was);
	choose_way_name(ret->way_name);
	ret->flags = link->flags & IFF_MULTICAST; /* nobody knows better */
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	ret->mtu = link->mtu;
	ret->queue = link->queue;
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
	stray_note(host, link, ret);
	r = names_read(host, link->index, &ret->alternative_names)
		    ?: settings_read(host, link->index, &ret->settings)
		    ?: belongings_read(host, link->index, &ret->belongings);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to read what %s has", link->name);
	return 0;
}

struct nl_msg *guest_move_request(int index, int netns, const char *name)
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
	struct nl_msg *msg = guest_move_request(state->is.index, at->netns, name);
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
	guest_note(ret, state);
	return 0;
}

bool guest_was(const struct link *link, const struct identity *was)
{
	if (!text_equal(link->kind, was->kind) || !text_equal(link->parent, was->parent))
		return false;
	return *was->parent ||
	       (link->peer == was->peer && link->peer_is_elsewhere == was->peer_is_elsewhere &&
		link->peer_netns == was->peer_netns);
}

/*
 * Hardware is what it is wherever it is; of others there may be any number alike. Every namespace
 * has numbers of its own for other namespaces.
 */
static bool may_be(const struct link *link, const struct state *state)
{
	const struct identity *is = &state->is;

	if (state->is_out)
		return guest_was(link, is) && (*is->parent || link->index == is->index);
	return text_equal(link->kind, is->kind) && text_equal(link->parent, is->parent) &&
	       (*is->parent || (link->peer == is->peer && text_equal(link->alias, state->name)));
}

struct search {
	const struct state *state;
	struct link *ret;
};

static int note(const struct link *link, void *data)
{
	const struct search *search = data;

	if (!may_be(link, search->state))
		return 0;
	*search->ret = *link;
	return 1;
}

int guest_find(struct netlink *nl, const struct state *state, struct link *ret)
{
	int r = link_get_index(nl, state->is.index, ret);

	if (r == 0 && may_be(ret, state))
		return 0;
	if (r < 0 && r != -ENODEV)
		return r;
	if (!*state->is.parent && state->is_out)
		return -ENODEV;
	r = link_each(nl, note, &(struct search){ .state = state, .ret = ret });
	return r < 0 ? r : r == 1 ? 0 : -ENODEV;
}

/* Names first: whatever else fails, it must not be called as the container wishes. */
int guest_dress(struct netlink *nl, const struct link *link, const struct state *state)
{
	const bool is_called_so = text_equal(link->name, state->name);
	const uint32_t off = kept_flags & ~state->flags & ~(is_called_so ? IFF_UP : 0U);
	struct nl_msg *msg;
	int r;

	r = names_set(nl, link->index, &state->alternative_names)
		    ?: (!is_called_so ? link_set_down(nl, link->index) : 0);
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
	settings_restore(nl, link->index, state->name, &state->settings);
	if (link->mtu == state->mtu && link->queue == state->queue)
		return 0;
	if (link_apply(nl, link->index,
		       &(struct link_change){ .mtu = state->mtu, .queue = &state->queue }) < 0)
		cni_warn("%s could not get its MTU of %d back", state->name, state->mtu);
	return 0;
}
