/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a request for a new link is put together, with libnl-route's objects. */
#include "net/link_create.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>

#include "base/alloc.h"
#include "base/text.h"
#include "net/object.h"

static void describe(struct rtnl_link *link, const struct link_spec *spec)
{
	rtnl_link_set_name(link, spec->name);
	if (spec->lower > 0)
		rtnl_link_set_link(link, spec->lower);
	if (spec->into)
		rtnl_link_set_ns_fd(link, spec->into->netns);
	if (spec->mac)
		object_set_mac(link, spec->mac);
	if (spec->mtu > 0)
		rtnl_link_set_mtu(link, (unsigned)spec->mtu);
	if (spec->master > 0)
		rtnl_link_set_master(link, spec->master);
	if (spec->is_up)
		rtnl_link_set_flags(link, IFF_UP);
}

/* The kind is the last attribute of the message, and is opened once more. */
static void put_options(struct nl_msg *msg, const struct link_spec *spec)
{
	struct nlattr *info = nlmsg_find_attr(nlmsg_hdr(msg), sizeof(struct ifinfomsg),
					      IFLA_LINKINFO);
	struct nlattr *data = netlink_nest(msg, IFLA_INFO_DATA);

	spec->kind->put(msg, spec->options);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
}

struct nl_msg *link_create_request(const struct link_spec *spec)
{
	cleanup_object struct rtnl_link *link = object_link(0);
	struct nl_msg *msg = NULL;
	int r;

	/* It fails for want of memory only. */
	if (rtnl_link_set_type(link, spec->kind->name) < 0)
		out_of_memory();
	describe(link, spec);
	if (spec->kind->set)
		spec->kind->set(link, spec->options);
	r = rtnl_link_build_add_request(link, NLM_F_CREATE | NLM_F_EXCL, &msg);
	msg = object_request(r, msg);
	if (spec->kind->put)
		put_options(msg, spec);
	return msg;
}

int link_create(struct netlink *nl, const struct link_spec *spec)
{
	return netlink_call(nl, link_create_request(spec));
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
	return object_parse(answer, take_object, data);
}

int link_read_options(struct netlink *nl, int index, const struct link_kind *kind,
		      void *ret_options)
{
	struct reading reading = { .kind = kind, .options = ret_options };
	struct nl_msg *msg = NULL;
	int r = rtnl_link_build_get_request(index, NULL, &msg);

	r = netlink_get(nl, object_request(r, msg), take_options, &reading);
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
const struct link_kind link_kind_ifb = { .name = "ifb" };

static void set_peer(struct rtnl_link *link, const void *options)
{
	struct rtnl_link *peer = rtnl_link_veth_get_peer(link);

	describe(peer, options);
	rtnl_link_put(peer);
}

const struct link_kind link_kind_veth = { .name = "veth", .set = set_peer };
