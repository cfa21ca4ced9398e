/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks which route would be taken, as a whole: its prefix tells whether it is about the subnet. */
#include "net/rival.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "net/link.h"

struct way {
	uint32_t link;
	uint8_t len, type;
};

static int take_way(const struct nlmsghdr *answer, void *data)
{
	const struct rtmsg *header = nlmsg_data(answer);
	struct nlattr *attrs[RTA_MAX + 1];
	struct way *way = data;

	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)answer, sizeof(*header), attrs, RTA_MAX,
			NULL) < 0)
		return -EBADMSG;
	way->type = header->rtm_type;
	way->len = header->rtm_dst_len;
	if (attrs[RTA_OIF] && nla_len(attrs[RTA_OIF]) == sizeof(way->link))
		way->link = nla_get_u32(attrs[RTA_OIF]);
	return 0;
}

/* 0 also when there is no way: its link is 0 then. */
static int ask(struct netlink *route, const struct addr *addr, struct way *ret)
{
	const struct rtmsg header = { .rtm_family = addr->family,
				      .rtm_dst_len = (uint8_t)family_bits(addr->family),
				      .rtm_flags = RTM_F_FIB_MATCH };
	struct nl_msg *msg = netlink_request(RTM_GETROUTE, 0, &header, sizeof(header));
	int r;

	*ret = (struct way){ 0 };
	netlink_put(msg, RTA_DST, addr->bytes, family_size(addr->family));
	r = netlink_get(route, msg, take_way, ret);
	return r == -ENETUNREACH || r == -EHOSTUNREACH || r == -EINVAL || r == -EACCES ? 0 : r;
}

int rival_find(struct netlink *route, const struct prefix *subnet, const struct addr *addr, int own,
	       char ret[IFNAMSIZ])
{
	struct link link;
	struct way way;
	int r = ask(route, addr, &way);

	if (r < 0 || !way.link || way.link == (uint32_t)own || way.len < subnet->len ||
	    (way.type != RTN_UNICAST && way.type != RTN_LOCAL))
		return r < 0 ? r : 0;
	r = link_get_index(route, (int)way.link, &link);
	if (r == -ENODEV)
		return 0; /* it has just gone */
	if (r < 0)
		return r;
	memcpy(ret, link.name, IFNAMSIZ);
	return 1;
}
