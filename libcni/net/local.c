/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the kernel's table of local routes, which knows more than the addresses of links. */
#include "net/local.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/alloc.h"

static int compare(const void *a, const void *b)
{
	const struct prefix *left = a, *right = b;
	int order = left->addr.family - right->addr.family;

	if (order == 0)
		order = left->len - right->len;
	return order ? order
		     : memcmp(left->addr.bytes, right->addr.bytes, sizeof(left->addr.bytes));
}

static int take_route(const struct nlmsghdr *answer, void *data)
{
	struct local_addresses *locals = data;
	const struct rtmsg *route = nlmsg_data(answer);
	struct nlattr *attrs[RTA_MAX + 1];
	struct prefix prefix = { 0 };
	size_t size;

	if (nlmsg_datalen(answer) < (int)sizeof(*route) ||
	    nlmsg_parse((struct nlmsghdr *)answer, sizeof(*route), attrs, RTA_MAX, NULL) < 0)
		return -EBADMSG;
	if (route->rtm_type != RTN_LOCAL || !attrs[RTA_DST] ||
	    (route->rtm_family != AF_INET && route->rtm_family != AF_INET6) ||
	    route->rtm_dst_len > family_bits(route->rtm_family))
		return 0;
	size = family_size(route->rtm_family);
	if (nla_len(attrs[RTA_DST]) < (int)size)
		return -EBADMSG;
	prefix.addr.family = route->rtm_family;
	prefix.len = route->rtm_dst_len;
	memcpy(prefix.addr.bytes, nla_data(attrs[RTA_DST]), size);
	locals->items = xgrow(locals->items, locals->count, sizeof(prefix));
	locals->items[locals->count++] = prefix_network(&prefix);
	locals->has_length[prefix.addr.family == AF_INET6][prefix.len] = true;
	return 0;
}

static void forget(void *data)
{
	local_addresses_release(data);
}

static int read_family(struct netlink *route, uint8_t family, struct local_addresses *ret)
{
	const struct rtmsg header = { .rtm_family = family,
				      .rtm_table = RT_TABLE_LOCAL,
				      .rtm_type = RTN_LOCAL };
	int r = netlink_list(route, netlink_request(RTM_GETROUTE, 0, &header, sizeof(header)),
			     take_route, forget, ret);

	/* A kernel without the family, or without its table of local routes. */
	return r == -ENOENT || r == -EAFNOSUPPORT || r == -EOPNOTSUPP ? 0 : r;
}

int local_addresses_read(struct netlink *route, struct local_addresses *ret)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct local_addresses locals = { 0 };

	for (size_t i = 0; i < array_size(families); i++) {
		struct local_addresses more = { 0 };
		int r = read_family(route, families[i], &more);

		for (size_t j = 0; r == 0 && j < more.count; j++) {
			locals.items = xgrow(locals.items, locals.count, sizeof(*locals.items));
			locals.items[locals.count++] = more.items[j];
		}
		memcpy(locals.has_length[i], more.has_length[i], sizeof(more.has_length[i]));
		local_addresses_release(&more);
		if (r < 0) {
			local_addresses_release(&locals);
			return r;
		}
	}
	if (locals.count > 1)
		qsort(locals.items, locals.count, sizeof(*locals.items), compare);
	*ret = locals;
	return 0;
}

bool local_addresses_have(const struct local_addresses *locals, const struct addr *addr)
{
	struct prefix prefix = { .addr = *addr };

	if (locals->count == 0 || !addr_is_set(addr))
		return false;
	for (unsigned length = 0; length <= family_bits(addr->family); length++) {
		struct prefix network;

		if (!locals->has_length[addr->family == AF_INET6][length])
			continue;
		prefix.len = (uint8_t)length;
		network = prefix_network(&prefix);
		if (bsearch(&network, locals->items, locals->count, sizeof(network), compare))
			return true;
	}
	return false;
}

void local_addresses_release(struct local_addresses *locals)
{
	free(locals->items);
	*locals = (struct local_addresses){ 0 };
}
