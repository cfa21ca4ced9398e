/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the message that gives a link one more name. */
#include "net/altname.h"

#include <linux/rtnetlink.h>

int altname_add(struct netlink *nl, int index, const char *name)
{
	const struct ifinfomsg header = { .ifi_index = index };
	struct nl_msg *msg = netlink_request(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, &header,
					     sizeof(header));
	struct nlattr *list = netlink_nest(msg, IFLA_PROP_LIST | NLA_F_NESTED);

	netlink_put_text(msg, IFLA_ALT_IFNAME, name);
	nla_nest_end(msg, list);
	return netlink_call(nl, msg);
}
