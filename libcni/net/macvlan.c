/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the options of macvlan. */
#include "net/macvlan.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/route/link/macvlan.h>

#include "base/text.h"

static const struct {
	const char *name;
	uint32_t mode;
} modes[] = {
	{ "bridge", MACVLAN_MODE_BRIDGE },
	{ "private", MACVLAN_MODE_PRIVATE },
	{ "vepa", MACVLAN_MODE_VEPA },
	{ "passthru", MACVLAN_MODE_PASSTHRU },
};

int macvlan_mode_parse(const char *name)
{
	for (size_t i = 0; i < array_size(modes); i++)
		if (text_equal(modes[i].name, name))
			return (int)modes[i].mode;
	return -EINVAL;
}

const char *macvlan_mode_name(uint32_t mode)
{
	for (size_t i = 0; i < array_size(modes); i++)
		if (modes[i].mode == mode)
			return modes[i].name;
	return "unknown";
}

static void set_options(struct rtnl_link *link, const void *data)
{
	const struct macvlan_options *options = data;

	ignore(rtnl_link_macvlan_set_mode(link, options->mode)); /* the link is of this kind */
}

static void get_options(struct rtnl_link *link, void *data)
{
	struct macvlan_options *options = data;

	options->mode = rtnl_link_macvlan_get_mode(link);
}

const struct link_kind link_kind_macvlan = {
	.name = "macvlan",
	.set = set_options,
	.get = get_options,
};

/* libnl 3.7 does not know this attribute. */
int macvlan_set_queue(struct netlink *nl, int index, uint32_t frames)
{
	struct nl_msg *msg = link_change_request(index, &(struct link_change){ 0 });
	struct nlattr *info = netlink_nest(msg, IFLA_LINKINFO);
	struct nlattr *data;

	netlink_put_text(msg, IFLA_INFO_KIND, "macvlan");
	data = netlink_nest(msg, IFLA_INFO_DATA);
	netlink_put_u32(msg, IFLA_MACVLAN_BC_QUEUE_LEN, frames);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return netlink_call(nl, msg);
}
