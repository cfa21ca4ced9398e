/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how to ask for links, change them and wait for them. */
#include "net/link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <netlink/route/link.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "base/text.h"
#include "net/object.h"

/*
 * libnl-route's own request for a link also asks for all virtual functions of a card, and for
 * statistics, and knows no alternative names.
 */
static struct nl_msg *get_request(int index)
{
	const struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct nl_msg *msg = netlink_request(RTM_GETLINK, 0, &header, sizeof(header));

	netlink_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return msg;
}

int link_take(const struct nlmsghdr *answer, void *data)
{
	return link_parse(answer, data);
}

static int get_into(struct netlink *nl, struct nl_msg *msg, struct link *ret)
{
	struct link link = { 0 };
	int r = netlink_get(nl, msg, link_take, &link);

	if (r < 0)
		return r;
	if (link.index == 0)
		return -ENODEV;
	*ret = link;
	return 0;
}

struct nl_msg *link_get_request(const char *name)
{
	struct nl_msg *msg = get_request(0);

	netlink_put_text(msg, strlen(name) < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	return msg;
}

int link_get(struct netlink *nl, const char *name, struct link *ret)
{
	size_t len = strlen(name);
	int r;

	if (len == 0 || len >= ALTIFNAMSIZ)
		return -ENODEV;
	r = get_into(nl, link_get_request(name), ret);
	/*
	 * Linux before 5.5 has no alternative names, and refuses a request that names nothing it
	 * knows.
	 */
	return r == -EINVAL && len >= IFNAMSIZ ? -ENODEV : r;
}

int link_get_index(struct netlink *nl, int index, struct link *ret)
{
	return index > 0 ? get_into(nl, get_request(index), ret) : -ENODEV;
}

struct walk {
	link_fn *fn;
	void *data;
	int *seen;			 /* indexes */
	size_t seen_count, sorted_count; /* so many of the first are in order */
};

static void walk_release(struct walk *walk)
{
	free(walk->seen);
}

static void note_index(struct walk *walk, int index)
{
	walk->seen = xgrow(walk->seen, walk->seen_count, sizeof(*walk->seen));
	walk->seen[walk->seen_count++] = index;
}

static int compare_indexes(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Before a list that is begun again, which tells most links once more. */
static void sort_seen(void *data)
{
	struct walk *walk = data;

	if (walk->seen_count > 1)
		qsort(walk->seen, walk->seen_count, sizeof(int), compare_indexes);
	walk->sorted_count = walk->seen_count;
}

static bool has_seen(const struct walk *walk, int index)
{
	return walk->sorted_count &&
	       bsearch(&index, walk->seen, walk->sorted_count, sizeof(int), compare_indexes);
}

static int walk_link(const struct nlmsghdr *answer, void *data)
{
	struct walk *walk = data;
	struct link link;
	int r = link_parse(answer, &link);

	if (r != 0 || has_seen(walk, link.index))
		return r;
	note_index(walk, link.index);
	return walk->fn(&link, walk->data);
}

static int take_index(const struct nlmsghdr *answer, void *data)
{
	const struct if_stats_msg *header = nlmsg_data(answer);

	if (answer->nlmsg_type == RTM_NEWSTATS && nlmsg_datalen(answer) >= (int)sizeof(*header) &&
	    !has_seen(data, (int)header->ifindex))
		note_index(data, (int)header->ifindex);
	return 0;
}

/* Statistics have no names in them, so that any link fits; the answer for one link may be longer.
 */
static int each_by_index(struct netlink *nl, struct walk *walk)
{
	const struct if_stats_msg header = { .filter_mask = IFLA_STATS_FILTER_BIT(
						     IFLA_STATS_LINK_64) };
	cleanup_with(walk_release) struct walk all = { 0 };
	int r = netlink_list(nl, netlink_request(RTM_GETSTATS, 0, &header, sizeof(header)),
			     take_index, sort_seen, &all);

	sort_seen(walk);
	for (size_t i = 0; r == 0 && i < all.seen_count; i++) {
		struct link link;

		if (has_seen(walk, all.seen[i]))
			continue;
		r = link_get_index(nl, all.seen[i], &link);
		r = r == -ENODEV ? 0 : r ?: walk->fn(&link, walk->data);
	}
	return r;
}

/* The kernel fails the whole list when some 300 alternative names of one link do not fit into it.
 */
int link_each(struct netlink *nl, link_fn *fn, void *data)
{
	cleanup_with(walk_release) struct walk walk = { .fn = fn, .data = data };
	int r = netlink_list(nl, get_request(0), walk_link, sort_seen, &walk);

	return r == -EMSGSIZE ? each_by_index(nl, &walk) : r;
}

/* A link is born without its alias, which then is no mark yet. */
static bool is_marked_alike(const struct link *a, const struct link *b)
{
	if (a->alias[0] && b->alias[0])
		return text_equal(a->alias, b->alias);
	return a->has_mac == b->has_mac && memcmp(a->mac, b->mac, MAC_SIZE) == 0;
}

static struct nl_msg *delete_request(int index)
{
	cleanup_object struct rtnl_link *object = object_link(index);
	struct nl_msg *msg = NULL;
	int r = rtnl_link_build_delete_request(object, &msg);

	return object_request(r, msg);
}

int link_delete(struct netlink *nl, const struct link *known)
{
	struct link link;
	int r = link_get_index(nl, known->index, &link);

	if (r == 0 && (!text_equal(link.name, known->name) || !text_equal(link.kind, known->kind) ||
		       !is_marked_alike(&link, known)))
		return 0;
	if (r == 0)
		r = netlink_call(nl, delete_request(known->index));
	return r == -ENODEV ? 0 : r;
}

/* arp_notify below /proc/sys, which takes three system calls there, one of them slow for a new
 * link. */
static void put_announces(struct nl_msg *msg)
{
	struct nlattr *families = netlink_nest(msg, IFLA_AF_SPEC);
	struct nlattr *family = netlink_nest(msg, AF_INET);
	struct nlattr *settings = netlink_nest(msg, IFLA_INET_CONF);

	netlink_put_u32(msg, IPV4_DEVCONF_ARP_NOTIFY, 1);
	nla_nest_end(msg, settings);
	nla_nest_end(msg, family);
	nla_nest_end(msg, families);
}

struct nl_msg *link_change_request(int index, const struct link_change *change)
{
	cleanup_object struct rtnl_link *object = object_link(index);
	struct nl_msg *msg = NULL;
	int r;

	rtnl_link_set_flags(object, change->on);
	rtnl_link_unset_flags(object, change->off);
	if (change->mac)
		object_set_mac(object, change->mac);
	if (change->mtu > 0)
		rtnl_link_set_mtu(object, (unsigned)change->mtu);
	if (change->queue)
		rtnl_link_set_txqlen(object, (unsigned)*change->queue);
	if (change->master > 0)
		rtnl_link_set_master(object, change->master);
	r = rtnl_link_build_change_request(object, object, 0, &msg);
	msg = object_request(r, msg);
	/* libnl-route adds a zero, for which the kernel has no room behind 255 bytes. */
	if (change->alias)
		netlink_put(msg, IFLA_IFALIAS, change->alias,
			    strnlen(change->alias, LINK_ALIAS - 1));
	if (change->announces)
		put_announces(msg);
	return msg;
}

int link_apply(struct netlink *nl, int index, const struct link_change *change)
{
	return netlink_call(nl, link_change_request(index, change));
}

struct nl_msg *link_up_request(int index)
{
	return link_change_request(index, &(struct link_change){ .on = IFF_UP });
}

int link_set_up(struct netlink *nl, int index)
{
	return netlink_call(nl, link_up_request(index));
}

int link_set_down(struct netlink *nl, int index)
{
	return link_apply(nl, index, &(struct link_change){ .off = IFF_UP });
}

int link_set_master(struct netlink *nl, int index, int master)
{
	struct nl_msg *msg = link_change_request(index, &(struct link_change){ 0 });
	const uint32_t wanted = (uint32_t)master;

	netlink_put(msg, IFLA_MASTER, &wanted, sizeof(wanted));
	return netlink_call(nl, msg);
}

int link_set_mac(struct netlink *nl, int index, const uint8_t mac[MAC_SIZE])
{
	return link_apply(nl, index, &(struct link_change){ .mac = mac });
}

static int is_about_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *header = nlmsg_data(message);
	const int *index = data;

	return (message->nlmsg_type == RTM_NEWLINK || message->nlmsg_type == RTM_DELLINK) &&
	       nlmsg_datalen(message) >= (int)sizeof(*header) && header->ifi_index == *index;
}

static int get_state(struct netlink *nl, int index, uint8_t *ret_state)
{
	struct link link;
	int r = link_get_index(nl, index, &link);

	if (r == 0)
		*ret_state = link.operstate;
	return r;
}

/* Asking once before listening saves the second socket in the usual case. */
int link_wait_up(struct netlink *nl, int index, int timeout_ms, uint8_t *ret_state)
{
	cleanup_netlink struct netlink notifications = NETLINK_CLOSED;
	struct deadline deadline = deadline_in(timeout_ms);
	int r = get_state(nl, index, ret_state);

	if (r < 0 || *ret_state == IF_OPER_UP)
		return r;
	r = netlink_listen(nl, &notifications, RTNLGRP_LINK);
	while (r == 0) {
		r = get_state(nl, index, ret_state);
		if (r < 0 || *ret_state == IF_OPER_UP)
			return r;
		r = netlink_wait(&notifications, deadline, is_about_link, &index);
	}
	return r;
}

const char *operstate_name(uint8_t state)
{
	static const char *const names[] = {
		[IF_OPER_UNKNOWN] = "unknown", [IF_OPER_NOTPRESENT] = "notpresent",
		[IF_OPER_DOWN] = "down",       [IF_OPER_LOWERLAYERDOWN] = "lowerlayerdown",
		[IF_OPER_TESTING] = "testing", [IF_OPER_DORMANT] = "dormant",
		[IF_OPER_UP] = "up",
	};

	return state < array_size(names) ? names[state] : "unknown";
}
