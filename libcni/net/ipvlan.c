/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the options of ipvlan. */
#include "net/ipvlan.h"

#include <errno.h>
#include <linux/if_link.h>
#include <netlink/route/link/ipvlan.h>

#include "base/text.h"

static const char *const modes[] = {
	[IPVLAN_MODE_L2] = "l2",
	[IPVLAN_MODE_L3] = "l3",
	[IPVLAN_MODE_L3S] = "l3s",
};

int ipvlan_mode_parse(const char *name)
{
	for (size_t i = 0; i < array_size(modes); i++)
		if (text_equal(modes[i], name))
			return (int)i;
	return -EINVAL;
}

const char *ipvlan_mode_name(uint16_t mode)
{
	return mode < array_size(modes) ? modes[mode] : "unknown";
}

static void set_options(struct rtnl_link *link, const void *data)
{
	const struct ipvlan_options *options = data;

	ignore(rtnl_link_ipvlan_set_mode(link, options->mode)); /* the link is of this kind */
}

static void get_options(struct rtnl_link *link, void *data)
{
	struct ipvlan_options *options = data;

	options->mode = UINT16_MAX;
	ignore(rtnl_link_ipvlan_get_mode(link, &options->mode)); /* unknown, then */
}

const struct link_kind link_kind_ipvlan = {
	.name = "ipvlan",
	.set = set_options,
	.get = get_options,
};
