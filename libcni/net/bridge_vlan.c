/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how the VLANs of a bridge port are listed and set. */
#include <errno.h>
/* The kernel's headers give way to musl's only when these come first. */
#include <netinet/in.h>

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "net/bridge.h"

/* Entries of 8 bytes per request: all fit NETLINK_REQUEST_SIZE. */
enum { VLANS_PER_REQUEST = 128 };

struct port_walk {
	int port;
	vlan_fn *fn;
	void *data;
};

/* VLANs in the order they were told, or are to be told. */
struct vlan_list {
	struct bridge_vlan_info *items;
	size_t count;
};

static void vlan_list_release(struct vlan_list *list)
{
	free(list->items);
}

static void vlan_list_add(struct vlan_list *list, uint16_t id, uint16_t flags)
{
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct bridge_vlan_info){ .vid = id, .flags = flags };
}

/* One entry: a VLAN, or a range of alike ones. */
static int tell_entry(const struct port_walk *walk, struct nlattr *entry)
{
	struct nlattr *attrs[BRIDGE_VLANDB_ENTRY_MAX + 1];
	struct bridge_vlan_info info;
	uint16_t last;
	int r = 0;

	if (nla_parse_nested(attrs, BRIDGE_VLANDB_ENTRY_MAX, entry, NULL) < 0 ||
	    !attrs[BRIDGE_VLANDB_ENTRY_INFO] ||
	    nla_len(attrs[BRIDGE_VLANDB_ENTRY_INFO]) < (int)sizeof(info))
		return -EBADMSG;
	memcpy(&info, nla_data(attrs[BRIDGE_VLANDB_ENTRY_INFO]), sizeof(info));
	last = info.vid;
	if (attrs[BRIDGE_VLANDB_ENTRY_RANGE] &&
	    nla_len(attrs[BRIDGE_VLANDB_ENTRY_RANGE]) >= (int)sizeof(last))
		last = nla_get_u16(attrs[BRIDGE_VLANDB_ENTRY_RANGE]);
	for (unsigned id = info.vid; r == 0 && id <= last; id++)
		r = walk->fn((uint16_t)id,
			     info.flags & (BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED),
			     walk->data);
	return r;
}

static int tell_vlans(const struct nlmsghdr *answer, void *data)
{
	const struct port_walk *walk = data;
	const struct br_vlan_msg *header = nlmsg_data(answer);
	struct nlattr *attr;
	int rest;

	if (answer->nlmsg_type != RTM_NEWVLAN || nlmsg_datalen(answer) < (int)sizeof(*header))
		return -EBADMSG;
	if ((int)header->ifindex != walk->port)
		return 0;
	nlmsg_for_each_attr(attr, (struct nlmsghdr *)answer, sizeof(*header), rest)
	{
		int r = nla_type(attr) == BRIDGE_VLANDB_ENTRY ? tell_entry(walk, attr) : 0;

		if (r)
			return r;
	}
	return 0;
}

/* The older message, in which a port's VLANs are attributes of the link. */
static int tell_link_vlans(const struct nlmsghdr *answer, void *data)
{
	const struct port_walk *walk = data;
	const struct ifinfomsg *header = nlmsg_data(answer);
	struct nlattr *spec, *attr;
	int rest;

	if (nlmsg_datalen(answer) < (int)sizeof(*header))
		return -EBADMSG;
	spec = nlmsg_find_attr((struct nlmsghdr *)answer, sizeof(*header), IFLA_AF_SPEC);
	if (header->ifi_index != walk->port || !spec)
		return 0;
	nla_for_each_nested(attr, spec, rest)
	{
		struct bridge_vlan_info info;
		int r;

		if (nla_type(attr) != IFLA_BRIDGE_VLAN_INFO || nla_len(attr) < (int)sizeof(info))
			continue;
		memcpy(&info, nla_data(attr), sizeof(info));
		r = walk->fn(info.vid,
			     info.flags & (BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED),
			     walk->data);
		if (r)
			return r;
	}
	return 0;
}

static int take_vlan(uint16_t id, uint16_t flags, void *data)
{
	vlan_list_add(data, id, flags);
	return 0;
}

static void restart_list(void *data)
{
	const struct port_walk *walk = data;
	struct vlan_list *list = walk->data;

	list->count = 0;
}

/* Linux 5.6 and later list one port; before, all ports of all bridges are listed. */
static int list_vlans(struct netlink *host, int port, struct vlan_list *list)
{
	struct port_walk walk = { .port = port, .fn = take_vlan, .data = list };
	const struct br_vlan_msg one = { .family = AF_BRIDGE, .ifindex = (uint32_t)port };
	const struct ifinfomsg all = { .ifi_family = AF_BRIDGE };
	struct nl_msg *msg;
	int r;

	r = netlink_list(host, netlink_request(RTM_GETVLAN, 0, &one, sizeof(one)), tell_vlans,
			 restart_list, &walk);
	if (r != -EOPNOTSUPP && r != -EINVAL)
		return r;
	msg = netlink_request(RTM_GETLINK, 0, &all, sizeof(all));
	netlink_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN);
	return netlink_list(host, msg, tell_link_vlans, restart_list, &walk);
}

int bridge_each_vlan(struct netlink *host, int port, vlan_fn *fn, void *data)
{
	cleanup_with(vlan_list_release) struct vlan_list list = { 0 };
	int r = list_vlans(host, port, &list);

	for (size_t i = 0; r == 0 && i < list.count; i++)
		r = fn(list.items[i].vid, list.items[i].flags, data);
	return r;
}

/* libnl-route 3.7 reads the VLANs of ports, but sets none. */
static struct nl_msg *vlan_request(int type, int port, const struct bridge_vlan_info *items,
				   size_t count)
{
	const struct ifinfomsg header = { .ifi_family = AF_BRIDGE, .ifi_index = port };
	struct nl_msg *msg = netlink_request(type, 0, &header, sizeof(header));
	struct nlattr *spec = netlink_nest(msg, IFLA_AF_SPEC);

	netlink_put_u16(msg, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_MASTER);
	for (size_t i = 0; i < count; i++)
		netlink_put(msg, IFLA_BRIDGE_VLAN_INFO, &items[i], sizeof(items[i]));
	nla_nest_end(msg, spec);
	return msg;
}

static void add_requests(struct netlink_batch *batch, int type, int port,
			 const struct vlan_list *list)
{
	for (size_t i = 0; i < list->count; i += VLANS_PER_REQUEST) {
		size_t count = list->count - i < VLANS_PER_REQUEST ? list->count - i
								   : VLANS_PER_REQUEST;

		netlink_batch_add(batch, vlan_request(type, port, &list->items[i], count), 0,
				  "%s VLANs %u to %u", type == RTM_DELLINK ? "remove" : "add",
				  (unsigned)list->items[i].vid,
				  (unsigned)list->items[i + count - 1].vid);
	}
}

/* Removes every VLAN that the bridge gave the port. */
static int add_removals(struct netlink *host, struct netlink_batch *batch, int port,
			struct cni_error *err)
{
	cleanup_with(vlan_list_release) struct vlan_list present = { 0 };
	int r = list_vlans(host, port, &present);

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot list the VLANs of port %d", port);
	for (size_t i = 0; i < present.count; i++)
		present.items[i].flags = 0;
	add_requests(batch, RTM_DELLINK, port, &present);
	return 0;
}

int bridge_set_vlans(struct netlink *host, int port, const struct vlan_plan *plan,
		     struct cni_error *err)
{
	cleanup_with(vlan_list_release) struct vlan_list wanted = { 0 };
	cleanup_batch struct netlink_batch batch = { 0 };
	const char *what = NULL;
	int r = 0;

	if (!plan->keep_default)
		r = add_removals(host, &batch, port, err);
	if (r < 0)
		return r;
	if (plan->native)
		vlan_list_add(&wanted, (uint16_t)plan->native,
			      BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
	for (size_t i = 0; i < plan->tagged_count; i++) {
		/* The native VLAN told again as a tagged one would stop being native. */
		if (plan->tagged[i] != plan->native)
			vlan_list_add(&wanted, plan->tagged[i], 0);
	}
	add_requests(&batch, RTM_SETLINK, port, &wanted);
	r = netlink_batch_run(host, &batch, &what);
	if (r < 0)
		return netlink_fail(host, err, r, "cannot %s of bridge port %d", what, port);
	return 0;
}
