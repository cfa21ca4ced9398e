/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which attributes of a link are settings that are read and written alike. */
#include "settings.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/warn.h"
#include "names.h"
#include "net/link.h"

/* Of Linux 6.3, which headers may be older than. */
enum { GSO_IPV4_MAX_SIZE = 63, GRO_IPV4_MAX_SIZE = 64 };

enum { ROUNDS = 3 };

/* The sizes for IPv4 come last, as the kernel changes them with the general ones. */
static const int kinds[] = {
	IFLA_BROADCAST,	   IFLA_LINKMODE,     IFLA_GROUP,
	IFLA_PROTO_DOWN,   IFLA_GSO_MAX_SEGS, IFLA_GSO_MAX_SIZE,
	IFLA_GRO_MAX_SIZE, GSO_IPV4_MAX_SIZE, GRO_IPV4_MAX_SIZE,
};

static int take(const struct nlmsghdr *answer, void *data)
{
	for (size_t i = 0; i < array_size(kinds); i++) {
		const struct nlattr *attr = nlmsg_find_attr((struct nlmsghdr *)answer,
							    sizeof(struct ifinfomsg), kinds[i]);
		cleanup_text struct text hex = { 0 };

		if (!attr)
			continue;
		hex_add(&hex, attr, attr->nla_len);
		strings_add(data, hex.s);
	}
	return 0;
}

int settings_read(struct netlink *nl, int link, struct strings *ret)
{
	const struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = link };

	return netlink_get(nl, netlink_request(RTM_GETLINK, 0, &header, sizeof(header)), take, ret);
}

static int restore(struct netlink *nl, int link, const char *hex)
{
	cleanup_free uint8_t *bytes = NULL;
	const struct nlattr *attr;
	struct nl_msg *msg;
	size_t size;

	if (hex_parse(hex, &bytes, &size) < 0 || size < NLA_HDRLEN || size > 64)
		return -EBADMSG;
	attr = (const struct nlattr *)(const void *)bytes;
	if (attr->nla_len != size)
		return -EBADMSG;
	msg = link_change_request(link, &(struct link_change){ 0 });
	netlink_put(msg, nla_type(attr), nla_data(attr), (size_t)nla_len(attr));
	return netlink_call(nl, msg);
}

/* 1 when something was changed. */
static int restore_changed(struct netlink *nl, int link, const struct strings *wanted)
{
	cleanup_names struct strings have = { 0 };
	int r = settings_read(nl, link, &have), first = 0;
	bool is_changed = false;

	for (size_t i = 0; r == 0 && i < wanted->count; i++) {
		int failed;

		if (names_contain(&have, wanted->items[i]))
			continue;
		failed = restore(nl, link, wanted->items[i]);
		first = first ? first : failed;
		is_changed = true;
	}
	return r < 0 ? r : first < 0 ? first : is_changed;
}

/* One setting can change another, and an answer get lost: what counts is what was seen at last. */
void settings_restore(struct netlink *nl, int link, const char *name, const struct strings *wanted)
{
	cleanup_free char *reason = NULL;
	int r = 1;

	for (int i = 0; r && i < ROUNDS; i++)
		r = restore_changed(nl, link, wanted);
	if (r >= 0)
		return;
	reason = error_text(-r);
	cni_warn("%s could not get all of its settings back: %s", name, reason);
}
