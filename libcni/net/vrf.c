/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the option of VRF links. */
#include "net/vrf.h"

#include <netlink/route/link/vrf.h>

static void set_options(struct rtnl_link *link, const void *data)
{
	const struct vrf_options *options = data;

	ignore(rtnl_link_vrf_set_tableid(link, options->table)); /* the link is of this kind */
}

static void get_options(struct rtnl_link *link, void *data)
{
	struct vrf_options *options = data;

	if (rtnl_link_vrf_get_tableid(link, &options->table) < 0)
		options->table = 0;
}

const struct link_kind link_kind_vrf = {
	.name = "vrf",
	.set = set_options,
	.get = get_options,
};
