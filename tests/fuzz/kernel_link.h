/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a played kernel (kernel.h) describes a link. */
#pragma once

/* The C library before the kernel, which then leaves its names alone. */
#include <netinet/in.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "kernel.h"
#include "net/link.h"

/* A link that exists: what it is, then the acknowledgement. */
static inline void kernel_say_link(struct kernel *kernel, const struct link *link,
				   bool is_filtering, uint32_t seq)
{
	const struct ifinfomsg header = { .ifi_index = link->index, .ifi_flags = link->flags };
	struct nl_msg *msg = netlink_request(RTM_NEWLINK, 0, &header, sizeof(header));
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);
	struct nlattr *data;

	nla_put_string(msg, IFLA_INFO_KIND, link->kind);
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	if (link->has_vlan_filtering) {
		nla_put_u8(msg, IFLA_BR_VLAN_FILTERING, is_filtering);
		nla_put_u16(msg, IFLA_BR_VLAN_DEFAULT_PVID, 1);
	}
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	nla_put_string(msg, IFLA_IFNAME, link->name);
	if (link->has_mac)
		nla_put(msg, IFLA_ADDRESS, MAC_SIZE, link->mac);
	if (link->alias[0])
		nla_put_string(msg, IFLA_IFALIAS, link->alias);
	nla_put_u32(msg, IFLA_LINK, (uint32_t)link->peer);
	if (link->peer_is_elsewhere)
		nla_put_u32(msg, IFLA_LINK_NETNSID, (uint32_t)link->peer_netns);
	kernel_say(kernel, msg, seq);
	kernel_accept(kernel, seq);
}
