/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows where the kernel keeps a link's counters. */
#include "host/traffic.h"

#include <errno.h>
#include <netinet/in.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/*
 * Statistics alone: a list of links also has their names, and the kernel fails it where some 300
 * alternative names of one link do not fit.
 */
static int take_link(const struct nlmsghdr *answer, void *data)
{
	const struct if_stats_msg *header = nlmsg_data(answer);
	struct traffic *traffic = data;
	struct nlattr *attrs[IFLA_STATS_MAX + 1];
	struct rtnl_link_stats64 stats = { 0 };
	size_t size;

	if (answer->nlmsg_type != RTM_NEWSTATS ||
	    nlmsg_parse((struct nlmsghdr *)(uintptr_t)answer, sizeof(*header), attrs,
			IFLA_STATS_MAX, NULL) < 0)
		return -EBADMSG;
	if (!attrs[IFLA_STATS_LINK_64])
		return 0;
	/* Kernels differ in how long it is; what we read stands at its start. */
	size = (size_t)nla_len(attrs[IFLA_STATS_LINK_64]);
	memcpy(&stats, nla_data(attrs[IFLA_STATS_LINK_64]),
	       size < sizeof(stats) ? size : sizeof(stats));
	traffic->items = xgrow(traffic->items, traffic->count, sizeof(*traffic->items));
	traffic->items[traffic->count++] = (struct link_traffic){
		.link = (int)header->ifindex,
		.counts = { .rx_bytes = stats.rx_bytes,
			    .tx_bytes = stats.tx_bytes,
			    .rx_packets = stats.rx_packets,
			    .tx_packets = stats.tx_packets,
			    .dropped = stats.rx_dropped + stats.tx_dropped },
	};
	return 0;
}

static void forget(void *data)
{
	((struct traffic *)data)->count = 0;
}

static int compare(const void *a, const void *b)
{
	const struct link_traffic *left = a, *right = b;

	return left->link < right->link ? -1 : left->link > right->link;
}

int traffic_read(struct netlink *route, struct traffic *ret)
{
	const struct if_stats_msg header = { .filter_mask = IFLA_STATS_FILTER_BIT(
						     IFLA_STATS_LINK_64) };
	int r = netlink_list(route, netlink_request(RTM_GETSTATS, 0, &header, sizeof(header)),
			     take_link, forget, ret);

	if (r == 0 && ret->count > 1)
		qsort(ret->items, ret->count, sizeof(*ret->items), compare);
	return r;
}

const struct traffic_counts *traffic_find(const struct traffic *traffic, int link)
{
	const struct link_traffic wanted = { .link = link };
	const struct link_traffic *found = NULL;

	if (traffic->count)
		found = bsearch(&wanted, traffic->items, traffic->count, sizeof(wanted), compare);
	return found ? &found->counts : NULL;
}

void traffic_release(struct traffic *traffic)
{
	free(traffic->items);
}
