/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the options of vlan. */
#include "net/vlan.h"

#include <netlink/route/link/vlan.h>

static void set_options(struct rtnl_link *link, const void *data)
{
	const struct vlan_options *options = data;

	/* The link is of this kind. */
	ignore(rtnl_link_vlan_set_id(link, (uint16_t)options->id));
}

static void get_options(struct rtnl_link *link, void *data)
{
	struct vlan_options *options = data;

	options->id = rtnl_link_vlan_get_id(link);
}

const struct link_kind link_kind_vlan = {
	.name = "vlan",
	.set = set_options,
	.get = get_options,
};
