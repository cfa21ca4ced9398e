/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the messages about routes that lead nowhere, ways and neighbours. */
#include "host/questions.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/alloc.h"

static struct addr get_addr(struct nlattr *attr, int family)
{
	struct addr addr = { 0 };

	if (attr && nla_len(attr) >= (int)family_size(family)) {
		addr.family = (uint8_t)family;
		memcpy(addr.bytes, nla_data(attr), family_size(family));
	}
	return addr;
}

/* ---- routes */

struct dead_walk {
	int family;
	dead_route_fn *fn;
	void *data;
};

static const char *dead_type(uint8_t type)
{
	switch (type) {
	case RTN_BLACKHOLE:
		return "blackhole";
	case RTN_UNREACHABLE:
		return "unreachable";
	case RTN_PROHIBIT:
		return "prohibit";
	default:
		return NULL;
	}
}

static int take_dead(const struct nlmsghdr *answer, void *data)
{
	const struct rtmsg *header = nlmsg_data(answer);
	const struct dead_walk *walk = data;
	struct nlattr *attrs[RTA_MAX + 1];
	struct dead_route route;

	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)answer, sizeof(*header), attrs, RTA_MAX,
			NULL) < 0)
		return -EBADMSG;
	route = (struct dead_route){
		.type = dead_type(header->rtm_type),
		.dst = { .addr = get_addr(attrs[RTA_DST], walk->family),
			 .len = header->rtm_dst_len },
		.priority = attrs[RTA_PRIORITY] && nla_len(attrs[RTA_PRIORITY]) == 4
				    ? nla_get_u32(attrs[RTA_PRIORITY])
				    : 0,
	};
	route.dst.addr.family = (uint8_t)walk->family;
	if (!route.type || header->rtm_family != walk->family || header->rtm_table != RT_TABLE_MAIN)
		return 0;
	return walk->fn(&route, walk->data);
}

/* Whoever looks at a dump that is begun again sees some twice. */
static void see_again(void *data)
{
	(void)data;
}

int dead_route_each(struct netlink *route, int family, dead_route_fn *fn, void *data)
{
	const struct rtmsg header = { .rtm_family = (uint8_t)family };
	struct dead_walk walk = { .family = family, .fn = fn, .data = data };

	return netlink_list(route, netlink_request(RTM_GETROUTE, 0, &header, sizeof(header)),
			    take_dead, see_again, &walk);
}

static int take_way(const struct nlmsghdr *answer, void *data)
{
	const struct rtmsg *header = nlmsg_data(answer);
	struct nlattr *attrs[RTA_MAX + 1];
	int *link = data;

	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)answer, sizeof(*header), attrs, RTA_MAX,
			NULL) < 0)
		return -EBADMSG;
	if (attrs[RTA_OIF] && nla_len(attrs[RTA_OIF]) == 4)
		*link = (int)nla_get_u32(attrs[RTA_OIF]);
	return 0;
}

int way_find(struct netlink *route, const struct addr *addr)
{
	const struct rtmsg header = { .rtm_family = addr->family,
				      .rtm_dst_len = (uint8_t)family_bits(addr->family) };
	struct nl_msg *msg = netlink_request(RTM_GETROUTE, 0, &header, sizeof(header));
	int link = 0;
	int r;

	netlink_put(msg, RTA_DST, addr->bytes, family_size(addr->family));
	r = netlink_get(route, msg, take_way, &link);
	return r < 0 ? r : link;
}

/* ---- neighbours */

static int take_neighbour(const struct nlmsghdr *answer, void *data)
{
	const struct ndmsg *header = nlmsg_data(answer);
	struct fixed_neighbours *into = data;
	struct nlattr *attrs[NDA_MAX + 1];
	struct fixed_neighbour item;

	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)answer, sizeof(*header), attrs, NDA_MAX,
			NULL) < 0)
		return -EBADMSG;
	if (!(header->ndm_state & NUD_PERMANENT) ||
	    (header->ndm_family != AF_INET && header->ndm_family != AF_INET6) || !attrs[NDA_DST] ||
	    !attrs[NDA_LLADDR] || nla_len(attrs[NDA_LLADDR]) != MAC_SIZE)
		return 0;
	item = (struct fixed_neighbour){ .link = header->ndm_ifindex,
					 .addr = get_addr(attrs[NDA_DST], header->ndm_family) };
	memcpy(item.mac, nla_data(attrs[NDA_LLADDR]), MAC_SIZE);
	into->items = xgrow(into->items, into->count, sizeof(item));
	into->items[into->count++] = item;
	return 0;
}

static void forget_neighbours(void *data)
{
	fixed_neighbours_release(data);
}

int fixed_neighbours_read(struct netlink *route, struct fixed_neighbours *ret)
{
	const struct ndmsg header = { .ndm_family = AF_UNSPEC };

	return netlink_list(route, netlink_request(RTM_GETNEIGH, 0, &header, sizeof(header)),
			    take_neighbour, forget_neighbours, ret);
}

void fixed_neighbours_release(struct fixed_neighbours *neighbours)
{
	free(neighbours->items);
	*neighbours = (struct fixed_neighbours){ 0 };
}
