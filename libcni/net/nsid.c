/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how the kernel numbers namespaces. */
#include "net/nsid.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

static const struct nla_policy policy[NETNSA_MAX + 1] = {
	[NETNSA_NSID] = { .type = NLA_U32 },
};

struct nl_msg *nsid_request(int netns)
{
	const struct rtgenmsg header = { .rtgen_family = AF_UNSPEC };
	struct nl_msg *msg = netlink_request(RTM_GETNSID, 0, &header, sizeof(header));

	netlink_put_u32(msg, NETNSA_FD, (uint32_t)netns);
	return msg;
}

int nsid_take(const struct nlmsghdr *answer, void *data)
{
	struct nlattr *attrs[NETNSA_MAX + 1];

	if (answer->nlmsg_type != RTM_NEWNSID ||
	    nlmsg_parse((struct nlmsghdr *)answer, sizeof(struct rtgenmsg), attrs, NETNSA_MAX,
			policy) < 0 ||
	    !attrs[NETNSA_NSID])
		return -EBADMSG;
	*(int *)data = (int)nla_get_u32(attrs[NETNSA_NSID]);
	return 0;
}

int nsid_of(struct netlink *nl, int netns)
{
	int nsid = NETNSA_NSID_NOT_ASSIGNED;
	int r = netlink_get(nl, nsid_request(netns), nsid_take, &nsid);

	if (r < 0)
		return r;
	return nsid < 0 ? -ENOENT : nsid;
}

struct walk {
	nsid_fn *fn;
	void *data;
};

static int walk_nsid(const struct nlmsghdr *answer, void *data)
{
	const struct walk *walk = data;
	int nsid;

	return nsid_take(answer, &nsid) ?: walk->fn(nsid, walk->data);
}

int nsid_each(struct netlink *nl, nsid_fn *fn, void *data)
{
	const struct rtgenmsg header = { .rtgen_family = AF_UNSPEC };
	struct walk walk = { .fn = fn, .data = data };

	return netlink_list(nl, netlink_request(RTM_GETNSID, 0, &header, sizeof(header)), walk_nsid,
			    NULL, &walk);
}
