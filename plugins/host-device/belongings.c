/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which addresses and routes are worth keeping, and what to leave out when they are put back.
 */
#include "belongings.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "names.h"

struct collection {
	int link;
	struct strings *into;
};

static void restart(void *data)
{
	const struct collection *collection = data;

	names_release(collection->into);
}

static void add_payload(const struct nlmsghdr *message, struct strings *into)
{
	const unsigned char *bytes = nlmsg_data(message);
	cleanup_text struct text hex = { 0 };

	for (int i = 0; i < nlmsg_datalen(message); i++)
		text_addf(&hex, "%02x", bytes[i]);
	strings_add(into, hex.s ? hex.s : "");
}

static int take_address(const struct nlmsghdr *message, void *data)
{
	const struct collection *collection = data;
	const struct ifaddrmsg *header = nlmsg_data(message);

	if (message->nlmsg_type == RTM_NEWADDR && nlmsg_datalen(message) >= (int)sizeof(*header) &&
	    (int)header->ifa_index == collection->link)
		add_payload(message, collection->into);
	return 0;
}

static struct nlattr *oif_of(const struct nlmsghdr *message)
{
	struct nlattr *oif = nlmsg_find_attr((struct nlmsghdr *)message, sizeof(struct rtmsg),
					     RTA_OIF);

	return oif && nla_len(oif) == (int)sizeof(uint32_t) ? oif : NULL;
}

/* Routes of the kernel come with addresses, those of routers with the next advertisement. */
static int take_route(const struct nlmsghdr *message, void *data)
{
	const struct collection *collection = data;
	const struct rtmsg *header = nlmsg_data(message);
	struct nlattr *oif;

	if (message->nlmsg_type != RTM_NEWROUTE || nlmsg_datalen(message) < (int)sizeof(*header) ||
	    header->rtm_protocol == RTPROT_KERNEL || header->rtm_protocol == RTPROT_RA ||
	    (header->rtm_flags & RTM_F_CLONED))
		return 0;
	oif = oif_of(message);
	if (oif && (int)nla_get_u32(oif) == collection->link)
		add_payload(message, collection->into);
	return 0;
}

static int read_routes(struct netlink *nl, int family, struct collection *collection)
{
	const struct rtmsg header = { .rtm_family = (uint8_t)family };

	return netlink_list(nl, netlink_request(RTM_GETROUTE, 0, &header, sizeof(header)),
			    take_route, NULL, collection);
}

int belongings_read(struct netlink *nl, int link, struct belongings *ret)
{
	cleanup_belongings struct belongings found = { 0 };
	const struct ifaddrmsg header = { .ifa_family = AF_UNSPEC, .ifa_index = (uint32_t)link };
	struct collection addresses = { .link = link, .into = &found.addresses };
	struct collection routes = { .link = link, .into = &found.routes };
	int r;

	r = netlink_list(nl, netlink_request(RTM_GETADDR, 0, &header, sizeof(header)), take_address,
			 restart, &addresses);
	if (r == 0)
		r = read_routes(nl, AF_INET, &routes);
	if (r == 0)
		r = read_routes(nl, AF_INET6, &routes);
	if (r < 0)
		return r;
	*ret = found;
	found = (struct belongings){ 0 };
	return 0;
}

/* A request with the payload that `hex` tells; NULL when it is none of ours. */
static struct nl_msg *request_of(const char *hex, int type, size_t header_size)
{
	unsigned char bytes[NETLINK_REQUEST_SIZE / 2];
	size_t size = strlen(hex) / 2;
	struct nl_msg *msg;

	if (size < header_size || size > sizeof(bytes))
		return NULL;
	for (size_t i = 0; i < size; i++) {
		const char digits[] = { hex[2 * i], hex[2 * i + 1], '\0' };

		bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
	msg = netlink_request(type, NLM_F_CREATE | NLM_F_EXCL, bytes, header_size);
	if (nlmsg_append(msg, bytes + header_size, size - header_size, NLMSG_ALIGNTO) < 0)
		out_of_memory();
	return msg;
}

static int restore_address(struct netlink *nl, int link, const char *hex)
{
	struct nl_msg *msg = request_of(hex, RTM_NEWADDR, sizeof(struct ifaddrmsg));
	struct ifaddrmsg *header;

	if (!msg)
		return -EBADMSG;
	header = nlmsg_data(nlmsg_hdr(msg));
	header->ifa_index = (uint32_t)link;
	return netlink_call(nl, msg);
}

/* The kernel takes no flag but this one from others. */
static int restore_route(struct netlink *nl, int link, const char *hex)
{
	struct nl_msg *msg = request_of(hex, RTM_NEWROUTE, sizeof(struct rtmsg));
	struct rtmsg *header;
	struct nlattr *oif;

	if (!msg)
		return -EBADMSG;
	header = nlmsg_data(nlmsg_hdr(msg));
	header->rtm_flags &= RTNH_F_ONLINK;
	oif = oif_of(nlmsg_hdr(msg));
	if (oif)
		*(uint32_t *)nla_data(oif) = (uint32_t)link;
	return netlink_call(nl, msg);
}

int belongings_restore(struct netlink *nl, int link, const struct belongings *belongings)
{
	int first = 0;

	for (size_t i = 0; i < belongings->addresses.count; i++) {
		int r = restore_address(nl, link, belongings->addresses.items[i]);

		first = first ? first : r == -EEXIST ? 0 : r;
	}
	for (size_t i = 0; i < belongings->routes.count; i++) {
		int r = restore_route(nl, link, belongings->routes.items[i]);

		first = first ? first : r == -EEXIST ? 0 : r;
	}
	return first;
}

void belongings_release(struct belongings *belongings)
{
	names_release(&belongings->addresses);
	names_release(&belongings->routes);
}
