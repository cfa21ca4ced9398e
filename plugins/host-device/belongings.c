/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which addresses and routes are worth keeping, and what to leave out when they are put back.
 */
#include "belongings.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "names.h"

struct collection {
	int link;
	struct strings *into;
};

static void restart(void *data)
{
	const struct collection *collection = data;

	names_release(collection->into);
}

static void add_payload(const struct nlmsghdr *message, struct strings *into)
{
	cleanup_text struct text hex = { 0 };

	hex_add(&hex, nlmsg_data(message), (size_t)nlmsg_datalen(message));
	strings_add(into, hex.s ? hex.s : "");
}

static int take_address(const struct nlmsghdr *message, void *data)
{
	const struct collection *collection = data;
	const struct ifaddrmsg *header = nlmsg_data(message);

	if (message->nlmsg_type == RTM_NEWADDR && nlmsg_datalen(message) >= (int)sizeof(*header) &&
	    (int)header->ifa_index == collection->link)
		add_payload(message, collection->into);
	return 0;
}

static bool has_hop(const struct nlmsghdr *message, int link)
{
	struct nlattr *hops = nlmsg_find_attr((struct nlmsghdr *)message, sizeof(struct rtmsg),
					      RTA_MULTIPATH);
	const struct rtnexthop *hop = hops ? nla_data(hops) : NULL;
	int left = hops ? nla_len(hops) : 0;

	for (; left >= (int)sizeof(*hop) && RTNH_OK(hop, left);
	     left -= NLMSG_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
		if (hop->rtnh_ifindex == link)
			return true;
	return false;
}

static struct nlattr *oif_of(const struct nlmsghdr *message)
{
	struct nlattr *oif = nlmsg_find_attr((struct nlmsghdr *)message, sizeof(struct rtmsg),
					     RTA_OIF);

	return oif && nla_len(oif) == (int)sizeof(uint32_t) ? oif : NULL;
}

/* Routes of the kernel come with addresses, those of routers with the next advertisement. */
static int take_route(const struct nlmsghdr *message, void *data)
{
	const struct collection *collection = data;
	const struct rtmsg *header = nlmsg_data(message);
	struct nlattr *oif;

	if (message->nlmsg_type != RTM_NEWROUTE || nlmsg_datalen(message) < (int)sizeof(*header) ||
	    header->rtm_protocol == RTPROT_KERNEL || header->rtm_protocol == RTPROT_RA ||
	    (header->rtm_flags & RTM_F_CLONED))
		return 0;
	oif = oif_of(message);
	if ((oif && (int)nla_get_u32(oif) == collection->link) ||
	    has_hop(message, collection->link))
		add_payload(message, collection->into);
	return 0;
}

static int read_routes(struct netlink *nl, int family, struct collection *collection)
{
	const struct rtmsg header = { .rtm_family = (uint8_t)family };

	return netlink_list(nl, netlink_request(RTM_GETROUTE, 0, &header, sizeof(header)),
			    take_route, NULL, collection);
}

int belongings_read(struct netlink *nl, int link, struct belongings *ret)
{
	cleanup_belongings struct belongings found = { 0 };
	const struct ifaddrmsg header = { .ifa_family = AF_UNSPEC, .ifa_index = (uint32_t)link };
	struct collection addresses = { .link = link, .into = &found.addresses };
	struct collection routes = { .link = link, .into = &found.routes };
	int r;

	r = netlink_list(nl, netlink_request(RTM_GETADDR, 0, &header, sizeof(header)), take_address,
			 restart, &addresses)
		    ?: read_routes(nl, AF_INET, &routes)
		    ?: read_routes(nl, AF_INET6, &routes);
	if (r < 0)
		return r;
	*ret = found;
	found = (struct belongings){ 0 };
	return 0;
}

/* A header and what follows it; starts as all zero. */
struct payload {
	uint8_t *bytes;
	size_t size;
};

static void payload_release(struct payload *payload)
{
	free(payload->bytes);
}

#define cleanup_payload cleanup_with(payload_release)

static bool read_hex(const char *hex, size_t header_size, struct payload *ret)
{
	return hex_parse(hex, &ret->bytes, &ret->size) == 0 && ret->size >= header_size &&
	       ret->size <= NETLINK_REQUEST_SIZE / 2;
}

static int restore_address(struct netlink *nl, int link, const char *hex)
{
	const size_t header_size = sizeof(struct ifaddrmsg);
	cleanup_payload struct payload payload = { 0 };
	struct nl_msg *msg;

	if (!read_hex(hex, header_size, &payload))
		return -EBADMSG;
	((struct ifaddrmsg *)(void *)payload.bytes)->ifa_index = (uint32_t)link;
	msg = netlink_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, payload.bytes, header_size);
	if (nlmsg_append(msg, payload.bytes + header_size, payload.size - header_size,
			 NLMSG_ALIGNTO) < 0)
		out_of_memory();
	return netlink_call(nl, msg);
}

/*
 * An IPv4 route goes with the first of its links, an IPv6 route only loses that one. The kernel
 * takes no flag but this one from others.
 */
static void put_hops(struct nl_msg *msg, const struct nlattr *hops, bool only_ours, int was,
		     int link)
{
	struct nlattr *nest = nla_nest_start(msg, RTA_MULTIPATH);
	const struct rtnexthop *hop = nla_data(hops);
	int left = nla_len(hops);

	for (; left >= (int)sizeof(*hop) && RTNH_OK(hop, left);
	     left -= NLMSG_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
		const bool is_ours = hop->rtnh_ifindex == was;
		struct rtnexthop *copy;

		if (only_ours && !is_ours)
			continue;
		copy = nlmsg_reserve(msg, hop->rtnh_len, NLMSG_ALIGNTO);
		if (!copy)
			out_of_memory();
		memcpy(copy, hop, hop->rtnh_len);
		copy->rtnh_flags &= RTNH_F_ONLINK;
		copy->rtnh_ifindex = is_ours ? link : hop->rtnh_ifindex;
	}
	nla_nest_end(msg, nest);
}

/* Objects of next hops went with the link; the route holds what they held. */
static int restore_route(struct netlink *nl, int was, int link, const char *hex)
{
	cleanup_payload struct payload payload = { 0 };
	struct rtmsg *header;
	struct nlattr *attr;
	struct nl_msg *msg;
	int left;

	if (!read_hex(hex, sizeof(*header), &payload))
		return -EBADMSG;
	header = (struct rtmsg *)(void *)payload.bytes;
	header->rtm_flags &= RTNH_F_ONLINK;
	msg = netlink_request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, header, sizeof(*header));
	nla_for_each_attr(attr, (struct nlattr *)(void *)(header + 1),
			  (int)(payload.size - sizeof(*header)), left)
	{
		const bool only_ours = header->rtm_family == AF_INET6;

		if (nla_type(attr) == RTA_MULTIPATH) {
			put_hops(msg, attr, only_ours, was, link);
			if (only_ours)
				nlmsg_hdr(msg)->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
							      NLM_F_CREATE | NLM_F_APPEND;
		} else if (nla_type(attr) == RTA_OIF) {
			netlink_put_u32(msg, RTA_OIF, (uint32_t)link);
		} else if (nla_type(attr) != RTA_NH_ID) {
			netlink_put(msg, nla_type(attr), nla_data(attr), (size_t)nla_len(attr));
		}
	}
	return netlink_call(nl, msg);
}

int belongings_restore(struct netlink *nl, int was, int link, const struct belongings *belongings)
{
	int first = 0;

	for (size_t i = 0; i < belongings->addresses.count; i++) {
		int r = restore_address(nl, link, belongings->addresses.items[i]);

		first = first ? first : r == -EEXIST ? 0 : r;
	}
	for (size_t i = 0; i < belongings->routes.count; i++) {
		int r = restore_route(nl, was, link, belongings->routes.items[i]);

		first = first ? first : r == -EEXIST ? 0 : r;
	}
	return first;
}

void belongings_release(struct belongings *belongings)
{
	names_release(&belongings->addresses);
	names_release(&belongings->routes);
}
