/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a request for a new link is put together, with libnl-route's objects. */
#include "net/link_create.h"

#include <errno.h>
#include <netlink/route/link.h>

#include "base/alloc.h"
#include "base/text.h"

static void drop_link(struct rtnl_link **link)
{
	rtnl_link_put(*link);
}

static void set_mac(struct rtnl_link *link, const uint8_t mac[MAC_SIZE])
{
	struct nl_addr *addr = nl_addr_build(AF_LLC, mac, MAC_SIZE);

	if (!addr)
		out_of_memory();
	rtnl_link_set_addr(link, addr);
	nl_addr_put(addr);
}

static void describe(struct rtnl_link *link, const struct link_spec *spec)
{
	rtnl_link_set_name(link, spec->name);
	/* It fails for want of memory only. */
	if (rtnl_link_set_type(link, spec->kind->name) < 0)
		out_of_memory();
	if (spec->kind->set)
		spec->kind->set(link, spec->options);
	if (spec->lower > 0)
		rtnl_link_set_link(link, spec->lower);
	if (spec->into)
		rtnl_link_set_ns_fd(link, spec->into->netns);
	if (spec->mac)
		set_mac(link, spec->mac);
	if (spec->mtu > 0)
		rtnl_link_set_mtu(link, (unsigned)spec->mtu);
	if (spec->master > 0)
		rtnl_link_set_master(link, spec->master);
}

int link_create(struct netlink *nl, const struct link_spec *spec)
{
	cleanup_with(drop_link) struct rtnl_link *link = rtnl_link_alloc();
	struct nl_msg *msg;

	if (!link)
		out_of_memory();
	describe(link, spec);
	/* The message has room for all of this. libnl-route leaves NLM_F_REQUEST out. */
	if (rtnl_link_build_add_request(link, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, &msg) < 0)
		out_of_memory();
	return netlink_call(nl, msg);
}

struct reading {
	const struct link_kind *kind;
	void *options;
	bool is_found;
};

static void take_object(struct nl_object *object, void *data)
{
	struct rtnl_link *link = (struct rtnl_link *)object;
	struct reading *reading = data;
	const char *kind = rtnl_link_get_type(link);

	if (!kind || !text_equal(kind, reading->kind->name))
		return;
	reading->kind->get(link, reading->options);
	reading->is_found = true;
}

static int take_options(const struct nlmsghdr *answer, void *data)
{
	struct nl_msg *msg = nlmsg_convert((struct nlmsghdr *)answer);
	int r;

	if (!msg)
		out_of_memory();
	nlmsg_set_proto(msg, NETLINK_ROUTE);
	r = nl_msg_parse(msg, take_object, data);
	nlmsg_free(msg);
	return r < 0 ? -EBADMSG : 0;
}

int link_read_options(struct netlink *nl, int index, const struct link_kind *kind,
		      void *ret_options)
{
	struct reading reading = { .kind = kind, .options = ret_options };
	struct nl_msg *msg;
	int r;

	if (rtnl_link_build_get_request(index, NULL, &msg) < 0)
		out_of_memory();
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_REQUEST; /* libnl-route leaves it out */
	r = netlink_get(nl, msg, take_options, &reading);
	if (r < 0)
		return r;
	return reading.is_found ? 0 : -ENODEV;
}

void link_undo(struct made_link *made)
{
	if (made->nl)
		/* The error that led here is the one to tell. */
		ignore(link_delete(made->nl, &made->link));
	made->nl = NULL;
}

const struct link_kind link_kind_dummy = { .name = "dummy" };
