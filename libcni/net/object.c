/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how libnl-route is given addresses, and what its requests lack. */
#include "net/object.h"

#include <errno.h>
#include <netlink/route/link.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "net/link.h"

static struct nl_addr *build(int family, const void *bytes, size_t size)
{
	struct nl_addr *addr = nl_addr_build(family, bytes, size);

	if (!addr)
		out_of_memory();
	return addr;
}

struct nl_addr *object_addr(const struct addr *addr, unsigned len)
{
	struct nl_addr *object = build(addr->family, addr->bytes, family_size(addr->family));

	nl_addr_set_prefixlen(object, (int)len);
	return object;
}

struct rtnl_link *object_link(int index)
{
	struct rtnl_link *link = rtnl_link_alloc();

	if (!link)
		out_of_memory();
	if (index > 0)
		rtnl_link_set_ifindex(link, index);
	return link;
}

void object_drop_link(struct rtnl_link **link)
{
	rtnl_link_put(*link);
}

void object_set_mac(struct rtnl_link *link, const uint8_t *mac)
{
	cleanup_nl_addr struct nl_addr *addr = build(AF_LLC, mac, MAC_SIZE);

	rtnl_link_set_addr(link, addr);
}

void object_drop_addr(struct nl_addr **addr)
{
	nl_addr_put(*addr);
}

struct nl_msg *object_request(int r, struct nl_msg *msg)
{
	/* Texts and lists are bounded by their callers, so only memory can be missing. */
	if (r < 0)
		out_of_memory();
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_REQUEST;
	return msg;
}

int object_parse(const struct nlmsghdr *answer, void (*fn)(struct nl_object *object, void *data),
		 void *data)
{
	struct nl_msg *msg = nlmsg_convert((struct nlmsghdr *)answer);
	int r;

	if (!msg)
		out_of_memory();
	nlmsg_set_proto(msg, NETLINK_ROUTE);
	r = nl_msg_parse(msg, fn, data);
	nlmsg_free(msg);
	return r < 0 ? -EBADMSG : 0;
}
