/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how a tap is made, for which there is no netlink request. */
#include "net/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/text.h"

static const char device[] = "/dev/net/tun";

/* What the kernel calls tun and tap devices alike. */
const struct link_kind link_kind_tap = { .name = "tun" };

static int open_device(void)
{
	int fd = open(device, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int tap_is_available(void)
{
	cleanup_close int fd = open_device();

	return fd < 0 ? fd : 0;
}

/* Without IFF_TUN_EXCL the kernel would give us a device of this name that is there already. */
static int name_it(int fd, const char *name, bool multi_queue)
{
	const int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL |
			  (multi_queue ? IFF_MULTI_QUEUE : 0);
	struct ifreq request = { .ifr_flags = (short)flags };

	(void)strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return -errno;
	/* A '%' in a name is a pattern to the kernel. */
	return text_equal(request.ifr_name, name) ? 0 : -EINVAL;
}

static int restrict_it(int fd, const struct tap_options *options)
{
	if (options->owner != TAP_NOBODY &&
	    ioctl(fd, TUNSETOWNER, (unsigned long)options->owner) < 0)
		return -errno;
	if (options->group != TAP_NOBODY &&
	    ioctl(fd, TUNSETGROUP, (unsigned long)options->group) < 0)
		return -errno;
	return 0;
}

int tap_create(const char *name, const struct tap_options *options, tap_complete_fn *complete,
	       void *data)
{
	cleanup_close int fd = open_device();
	int r;

	if (fd < 0)
		return fd;
	r = name_it(fd, name, options->multi_queue) ?: restrict_it(fd, options) ?: complete(data);
	if (r < 0)
		return r;
	return ioctl(fd, TUNSETPERSIST, 1UL) < 0 ? -errno : 0;
}

static const struct nla_policy info_policy[IFLA_INFO_MAX + 1] = {
	[IFLA_INFO_KIND] = { .type = NLA_STRING },
};

static const struct nla_policy tun_policy[IFLA_TUN_MAX + 1] = {
	[IFLA_TUN_OWNER] = { .type = NLA_U32 },
	[IFLA_TUN_GROUP] = { .type = NLA_U32 },
	[IFLA_TUN_TYPE] = { .type = NLA_U8 },
	[IFLA_TUN_MULTI_QUEUE] = { .type = NLA_U8 },
};

static int take_data(struct nlattr *data, struct tap_options *ret)
{
	struct nlattr *attrs[IFLA_TUN_MAX + 1];

	if (nla_parse_nested(attrs, IFLA_TUN_MAX, data, tun_policy) < 0)
		return -EBADMSG;
	if (!attrs[IFLA_TUN_TYPE] || nla_get_u8(attrs[IFLA_TUN_TYPE]) != IFF_TAP)
		return -ENODEV;
	ret->owner = attrs[IFLA_TUN_OWNER] ? nla_get_u32(attrs[IFLA_TUN_OWNER]) : TAP_NOBODY;
	ret->group = attrs[IFLA_TUN_GROUP] ? nla_get_u32(attrs[IFLA_TUN_GROUP]) : TAP_NOBODY;
	ret->multi_queue = attrs[IFLA_TUN_MULTI_QUEUE] && nla_get_u8(attrs[IFLA_TUN_MULTI_QUEUE]);
	return 1;
}

static int take_link(const struct nlmsghdr *answer, void *data)
{
	struct nlattr *attrs[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];

	if (answer->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse((struct nlmsghdr *)answer, sizeof(struct ifinfomsg), attrs, IFLA_MAX,
			NULL) < 0)
		return -EBADMSG;
	if (!attrs[IFLA_LINKINFO] ||
	    nla_parse_nested(info, IFLA_INFO_MAX, attrs[IFLA_LINKINFO], info_policy) < 0 ||
	    !info[IFLA_INFO_KIND] || nla_strcmp(info[IFLA_INFO_KIND], link_kind_tap.name) != 0 ||
	    !info[IFLA_INFO_DATA])
		return -ENODEV;
	return take_data(info[IFLA_INFO_DATA], data);
}

int tap_read(struct netlink *nl, int index, struct tap_options *ret)
{
	const struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct tap_options options = { 0 };
	int r = netlink_get(nl, netlink_request(RTM_GETLINK, 0, &header, sizeof(header)), take_link,
			    &options);

	if (r < 0)
		return r;
	if (r == 0)
		return -ENODEV;
	*ret = options;
	return 0;
}
