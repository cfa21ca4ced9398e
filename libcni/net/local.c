/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the kernel's routing tables, which know more than the addresses of links. */
#include "net/local.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"

static int take_type(const struct nlmsghdr *answer, void *data)
{
	const struct rtmsg *route = nlmsg_data(answer);
	bool *is_local = data;

	if (nlmsg_datalen(answer) < (int)sizeof(*route))
		return -EBADMSG;
	*is_local = route->rtm_type == RTN_LOCAL;
	return 0;
}

int address_is_local(struct nl *route, const struct addr *addr)
{
	const struct rtmsg header = { .rtm_family = addr->family,
				      .rtm_dst_len = (uint8_t)family_bits(addr->family) };
	struct nl_msg *msg = nl_request(RTM_GETROUTE, 0, &header, sizeof(header));
	bool is_local = false;
	int r;

	if (nla_put(msg, RTA_DST, (int)family_size(addr->family), addr->bytes) < 0)
		out_of_memory();
	r = nl_get(route, msg, take_type, &is_local);
	if (r == -ENETUNREACH || r == -EHOSTUNREACH || r == -EINVAL || r == -EACCES)
		return 0; /* there is a route that refuses it, or none at all */
	return r < 0 ? r : is_local;
}
