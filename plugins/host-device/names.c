/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how the kernel tells and changes alternative names. */
#include "names.h"

/* The C library before the kernel. */
#include <netinet/in.h>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "base/text.h"

static int take_names(const struct nlmsghdr *answer, void *data)
{
	struct strings *names = data;
	struct nlattr *list = nlmsg_find_attr((struct nlmsghdr *)answer, sizeof(struct ifinfomsg),
					      IFLA_PROP_LIST);
	struct nlattr *name;
	int left;

	if (!list)
		return 0;
	nla_for_each_nested(name, list, left)
	{
		char text[ALTIFNAMSIZ];

		if (nla_type(name) != IFLA_ALT_IFNAME)
			continue;
		(void)nla_strlcpy(text, name, sizeof(text)); /* none is longer */
		strings_add(names, text);
	}
	return 0;
}

int names_read(struct netlink *nl, int link, struct strings *ret)
{
	const struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = link };

	return netlink_get(nl, netlink_request(RTM_GETLINK, 0, &header, sizeof(header)), take_names,
			   ret);
}

static int change(struct netlink *nl, int link, int type, const char *name)
{
	const struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = link };
	struct nl_msg *msg = netlink_request(type, type == RTM_NEWLINKPROP ? NLM_F_CREATE : 0,
					     &header, sizeof(header));
	struct nlattr *list = nla_nest_start(msg, IFLA_PROP_LIST | NLA_F_NESTED);

	nla_put_string(msg, IFLA_ALT_IFNAME, name);
	nla_nest_end(msg, list);
	return netlink_call(nl, msg);
}

bool names_contain(const struct strings *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (text_equal(names->items[i], name))
			return true;
	return false;
}

int names_set(struct netlink *nl, int link, const struct strings *wanted)
{
	cleanup_names struct strings have = { 0 };
	int r = names_read(nl, link, &have);

	for (size_t i = 0; r == 0 && i < have.count; i++)
		if (!names_contain(wanted, have.items[i]))
			r = change(nl, link, RTM_DELLINKPROP, have.items[i]);
	for (size_t i = 0; r == 0 && i < wanted->count; i++)
		if (!names_contain(&have, wanted->items[i]))
			r = change(nl, link, RTM_NEWLINKPROP, wanted->items[i]);
	return r;
}

void names_release(struct strings *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct strings){ 0 };
}
