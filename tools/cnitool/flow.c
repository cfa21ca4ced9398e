/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose counters are asked: the host's end's where there is one, or the interface's own. */
#include "flow.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "draw.h"
#include "net/netns.h"
#include "picture.h"

/* The counters of a space, read when the first of its links is asked about. */
struct counters {
	struct traffic host, space;
	int of; /* which space that is; 0: none yet */
};

static void counters_release(struct counters *counters)
{
	traffic_release(&counters->host);
	traffic_release(&counters->space);
}

static int read_host(struct traffic *ret)
{
	cleanup_netlink struct netlink nl = NETLINK_CLOSED;

	return netlink_open(&nl, NETLINK_ROUTE) ?: traffic_read(&nl, ret);
}

static int read_space(const char *path, struct traffic *ret)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_netlink struct netlink nl = NETLINK_CLOSED;
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_close int fd = netns_open(path, &ignored);
	int r = fd < 0 ? fd : netns_enter(&visit, fd, &ignored);

	return r ?: netlink_open(&nl, NETLINK_ROUTE) ?: traffic_read(&nl, ret);
}

/* What the host's end sends the container receives. */
static bool find_counts(const struct picture *picture, struct spot spot, struct counters *counters,
			struct traffic_counts *ret)
{
	const struct space_link *link = picture_at(picture, spot);
	const struct traffic_counts *found = NULL;

	if (link->peer.space == 0) {
		found = traffic_find(&counters->host, picture_at(picture, link->peer)->link.index);
		if (found)
			*ret = (struct traffic_counts){ .rx_bytes = found->tx_bytes,
							.tx_bytes = found->rx_bytes,
							.rx_packets = found->tx_packets,
							.tx_packets = found->rx_packets,
							.dropped = found->dropped };
		return found;
	}
	if (counters->of != spot.space) {
		traffic_release(&counters->space);
		counters->space = (struct traffic){ 0 };
		counters->of = spot.space;
		if (read_space(picture->spaces[spot.space].path, &counters->space) < 0)
			return false; /* it has gone meanwhile */
	}
	found = traffic_find(&counters->space, link->link.index);
	if (found)
		*ret = *found;
	return found;
}

static void take_link(const struct picture *picture, struct spot spot, struct counters *counters,
		      struct flows *flows)
{
	const struct space_link *link = picture_at(picture, spot);
	cleanup_text struct text addresses = { 0 };
	struct flow flow = { 0 };

	if (!find_counts(picture, spot, counters, &flow.counts))
		return;
	add_addresses(link, " ", &addresses);
	flow.key = xasprintf("%s/%s/%s", link->network, link->container_id, link->ifname);
	flow.name = xstrdup(space_title(&picture->spaces[spot.space]));
	flow.network = xstrdup(link->network);
	flow.ifname = xstrdup(link->link.name);
	flow.addresses = xstrdup(addresses.s ? addresses.s : "");
	flows->items = xgrow(flows->items, flows->count, sizeof(flow));
	flows->items[flows->count++] = flow;
}

static int compare_keys(const void *a, const void *b)
{
	const struct flow *left = a, *right = b;

	return strcmp(left->key, right->key);
}

/* A link made anew counts from zero again. */
static uint64_t rate(uint64_t before, uint64_t now, int64_t ms)
{
	return now < before || ms <= 0 ? 0 : (now - before) * 1000 / (uint64_t)ms;
}

static void take_rates(const struct flows *earlier, struct flows *flows)
{
	int64_t ms = flows->at_ms - earlier->at_ms;

	for (size_t i = 0; i < flows->count && earlier->count; i++) {
		struct flow *flow = &flows->items[i];
		const struct flow *before = bsearch(flow, earlier->items, earlier->count,
						    sizeof(*flow), compare_keys);

		if (!before)
			continue;
		flow->rx_rate = rate(before->counts.rx_bytes, flow->counts.rx_bytes, ms);
		flow->tx_rate = rate(before->counts.tx_bytes, flow->counts.tx_bytes, ms);
	}
}

int flows_read(const char *cache_folder, const char *network_or_null,
	       const struct flows *earlier_or_null, struct flows *ret, struct cni_error *err)
{
	cleanup_with(counters_release) struct counters counters = { 0 };
	cleanup_picture struct picture picture = { 0 };
	int r = picture_take(cache_folder, PICTURE_LINKS, &picture, err);

	if (r < 0)
		return r;
	r = read_host(&counters.host);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot read the counters of the host");
	ret->at_ms = clock_now_ms();
	for (size_t i = 1; i < picture.space_count; i++)
		for (size_t j = 0; j < picture.spaces[i].link_count; j++) {
			const struct space_link *link = &picture.spaces[i].links[j];

			if (link->network &&
			    (!network_or_null || text_equal(link->network, network_or_null)))
				take_link(&picture,
					  (struct spot){ .space = (int)i, .link = (int)j },
					  &counters, ret);
		}
	if (ret->count > 1)
		qsort(ret->items, ret->count, sizeof(*ret->items), compare_keys);
	if (earlier_or_null)
		take_rates(earlier_or_null, ret);
	return 0;
}

void flows_release(struct flows *flows)
{
	for (size_t i = 0; i < flows->count; i++) {
		free(flows->items[i].key);
		free(flows->items[i].name);
		free(flows->items[i].network);
		free(flows->items[i].ifname);
		free(flows->items[i].addresses);
	}
	free(flows->items);
}
