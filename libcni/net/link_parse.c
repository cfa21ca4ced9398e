/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how the kernel describes a link. libnl-route's parser takes three times the instructions
 * (19,200 and 6,300) and reads neither hairpin, isolation and forwarding of a port nor VLAN
 * filtering of a bridge.
 */
#include <errno.h>
/* The kernel's headers give way to musl's only when these come first. */
#include <netinet/in.h>

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "net/link.h"

/*
 * libnl reads attributes without looking at their length, so what we read has its length checked
 * here.
 */
static const struct nla_policy link_policy[IFLA_MAX + 1] = {
	[IFLA_IFNAME] = { .type = NLA_STRING },
	[IFLA_IFALIAS] = { .type = NLA_STRING },
	[IFLA_MTU] = { .type = NLA_U32 },
	[IFLA_LINK] = { .type = NLA_U32 },
	[IFLA_LINK_NETNSID] = { .type = NLA_U32 },
	[IFLA_MASTER] = { .type = NLA_U32 },
	[IFLA_PROMISCUITY] = { .type = NLA_U32 },
	[IFLA_OPERSTATE] = { .type = NLA_U8 },
	[IFLA_PARENT_DEV_NAME] = { .type = NLA_STRING },
	[IFLA_TXQLEN] = { .type = NLA_U32 },
};

static const struct nla_policy info_policy[IFLA_INFO_MAX + 1] = {
	[IFLA_INFO_KIND] = { .type = NLA_STRING },
	[IFLA_INFO_SLAVE_KIND] = { .type = NLA_STRING },
};

static const struct nla_policy bridge_policy[IFLA_BR_MAX + 1] = {
	[IFLA_BR_VLAN_FILTERING] = { .type = NLA_U8 },
};

static const struct nla_policy port_policy[IFLA_BRPORT_MAX + 1] = {
	[IFLA_BRPORT_MODE] = { .type = NLA_U8 },
	[IFLA_BRPORT_ISOLATED] = { .type = NLA_U8 },
	[IFLA_BRPORT_GROUP_FWD_MASK] = { .type = NLA_U16 },
};

static void get_text(struct nlattr *attr, char *ret, size_t size)
{
	if (attr)
		(void)nla_strlcpy(ret, attr, size); /* what is longer than ours is none of ours */
}

static uint32_t get_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static uint8_t get_u8(struct nlattr *attr)
{
	return attr ? nla_get_u8(attr) : 0;
}

static int parse_bridge(struct nlattr *data, struct link *link)
{
	struct nlattr *attrs[IFLA_BR_MAX + 1];

	if (nla_parse_nested(attrs, IFLA_BR_MAX, data, bridge_policy) < 0)
		return -EBADMSG;
	/*
	 * A kernel built without it says that filtering is off all the same, but knows no default
	 * VLAN.
	 */
	link->has_vlan_filtering = attrs[IFLA_BR_VLAN_FILTERING] &&
				   attrs[IFLA_BR_VLAN_DEFAULT_PVID];
	link->vlan_filtering = get_u8(attrs[IFLA_BR_VLAN_FILTERING]);
	return 0;
}

static int parse_bridge_port(struct nlattr *data, struct link *link)
{
	struct nlattr *attrs[IFLA_BRPORT_MAX + 1];

	if (nla_parse_nested(attrs, IFLA_BRPORT_MAX, data, port_policy) < 0)
		return -EBADMSG;
	link->hairpin = get_u8(attrs[IFLA_BRPORT_MODE]);
	link->isolated = get_u8(attrs[IFLA_BRPORT_ISOLATED]);
	if (attrs[IFLA_BRPORT_GROUP_FWD_MASK])
		link->group_fwd_mask = nla_get_u16(attrs[IFLA_BRPORT_GROUP_FWD_MASK]);
	return 0;
}

static int parse_info(struct nlattr *info, struct link *link)
{
	struct nlattr *attrs[IFLA_INFO_MAX + 1];
	int r = 0;

	if (nla_parse_nested(attrs, IFLA_INFO_MAX, info, info_policy) < 0)
		return -EBADMSG;
	get_text(attrs[IFLA_INFO_KIND], link->kind, sizeof(link->kind));
	get_text(attrs[IFLA_INFO_SLAVE_KIND], link->port_kind, sizeof(link->port_kind));
	if (attrs[IFLA_INFO_DATA] && strcmp(link->kind, "bridge") == 0)
		r = parse_bridge(attrs[IFLA_INFO_DATA], link);
	if (r == 0 && attrs[IFLA_INFO_SLAVE_DATA] && strcmp(link->port_kind, "bridge") == 0)
		r = parse_bridge_port(attrs[IFLA_INFO_SLAVE_DATA], link);
	return r;
}

static struct nlattr *find_in(struct nlattr *nest, int type)
{
	return nest ? nla_find(nla_data(nest), nla_len(nest), type) : NULL;
}

/* The kernel tells the settings of IPv6 as a list of numbers; newer ones stand at its end. */
static int32_t number_at(const struct nlattr *list, int place)
{
	int32_t value;

	if (!list || nla_len(list) < (place + 1) * (int)sizeof(value))
		return 0;
	memcpy(&value, (const char *)nla_data(list) + (size_t)place * sizeof(value), sizeof(value));
	return value;
}

static void parse_ipv6(struct nlattr *families, struct link *link)
{
	const struct nlattr *settings = find_in(find_in(families, AF_INET6), IFLA_INET6_CONF);

	link->accept_ra = number_at(settings, DEVCONF_ACCEPT_RA);
	link->ipv6_is_off = number_at(settings, DEVCONF_DISABLE_IPV6) != 0;
}

int link_parse(const struct nlmsghdr *answer, struct link *ret)
{
	const struct ifinfomsg *header = nlmsg_data(answer);
	struct nlattr *attrs[IFLA_MAX + 1];
	struct link link = { 0 };

	if (answer->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse((struct nlmsghdr *)answer, sizeof(*header), attrs, IFLA_MAX, link_policy) <
		    0)
		return -EBADMSG;
	link.index = header->ifi_index;
	link.flags = header->ifi_flags;
	get_text(attrs[IFLA_IFNAME], link.name, sizeof(link.name));
	get_text(attrs[IFLA_IFALIAS], link.alias, sizeof(link.alias));
	get_text(attrs[IFLA_PARENT_DEV_NAME], link.parent, sizeof(link.parent));
	if (attrs[IFLA_ADDRESS] && nla_len(attrs[IFLA_ADDRESS]) == MAC_SIZE) {
		memcpy(link.mac, nla_data(attrs[IFLA_ADDRESS]), MAC_SIZE);
		link.has_mac = true;
	}
	link.mtu = (int)get_u32(attrs[IFLA_MTU]);
	link.queue = (int)get_u32(attrs[IFLA_TXQLEN]);
	link.peer = (int)get_u32(attrs[IFLA_LINK]);
	link.peer_is_elsewhere = attrs[IFLA_LINK_NETNSID];
	link.peer_netns = (int)get_u32(attrs[IFLA_LINK_NETNSID]);
	link.master = (int)get_u32(attrs[IFLA_MASTER]);
	link.promiscuity = get_u32(attrs[IFLA_PROMISCUITY]);
	link.operstate = get_u8(attrs[IFLA_OPERSTATE]);
	parse_ipv6(attrs[IFLA_AF_SPEC], &link);
	if (attrs[IFLA_LINKINFO] && parse_info(attrs[IFLA_LINKINFO], &link) < 0)
		return -EBADMSG;
	*ret = link;
	return 0;
}
