/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes from namespace to namespace and notes the addresses. */
#include "net/census.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "net/netlink.h"
#include "net/netns.h"

/* Who needs more of either does so to make us slow. */
enum { MAX_NAMESPACES = 16384, MAX_ADDRESSES = 1 << 18 };

static int take_address(const struct nlmsghdr *answer, void *data)
{
	const struct ifaddrmsg *header = nlmsg_data(answer);
	struct census *census = data;
	struct nlattr *attrs[IFA_MAX + 1];
	const struct nlattr *attr;
	struct addr addr = { 0 };

	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)answer, sizeof(*header), attrs, IFA_MAX,
			NULL) < 0)
		return -EBADMSG;
	attr = attrs[IFA_LOCAL] ? attrs[IFA_LOCAL] : attrs[IFA_ADDRESS];
	if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)
		return 0;
	addr.family = header->ifa_family;
	if (!attr || nla_len(attr) != (int)family_size(addr.family))
		return -EBADMSG;
	if (census->count == MAX_ADDRESSES)
		return -E2BIG;
	memcpy(addr.bytes, nla_data(attr), family_size(addr.family));
	census->items = xgrow(census->items, census->count, sizeof(*census->items));
	census->items[census->count++] = addr;
	return 0;
}

static void count_again(void *data)
{
	(void)data; /* seen twice does no harm */
}

/* The socket belongs to the namespace it is opened in; the list is asked for from home. */
static int open_there(int fd, struct netlink *ret)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;

	return netns_enter(&visit, fd, NULL) ?: netlink_open(ret, NETLINK_ROUTE);
}

static int visit(const char *path, struct census *census)
{
	const struct ifaddrmsg header = { .ifa_family = AF_UNSPEC };
	cleanup_close int fd = netns_open(path, NULL);
	cleanup_netlink struct netlink there = NETLINK_CLOSED;

	if (fd < 0)
		return fd;
	return open_there(fd, &there)
		       ?: netlink_list(&there,
				       netlink_request(RTM_GETADDR, 0, &header, sizeof(header)),
				       take_address, count_again, census);
}

static int compare_addrs(const void *a, const void *b)
{
	return addr_compare(a, b);
}

void census_take(const struct holders *holders, struct census *ret)
{
	struct census census = { .is_partial = holders->is_partial ||
					       holders->count > MAX_NAMESPACES };

	/* What is not known in full proves nothing, so the rest is not worth the visits. */
	for (size_t i = 0; i < holders->count && !census.is_partial; i++) {
		const struct holder *holder = &holders->items[i];

		census.is_partial = holder->kind == HOLDER_NUMBER ||
				    visit(holder->path, &census) < 0 || signals_in_turn(i) < 0;
	}
	if (census.count)
		qsort(census.items, census.count, sizeof(*census.items), compare_addrs);
	*ret = census;
}

bool census_has(const struct census *census, const struct addr *addr)
{
	return census->is_partial ||
	       (census->count &&
		bsearch(addr, census->items, census->count, sizeof(*census->items), compare_addrs));
}

void census_release(struct census *census)
{
	free(census->items);
	*census = (struct census){ 0 };
}
