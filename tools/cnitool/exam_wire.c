/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who answers for the addresses of containers and gateways: somebody beyond the uplink of a bridge
 * or in a namespace that cannot be seen is found by asking only.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "bearers.h"
#include "exam.h"
#include "host/wire.h"

struct asked_address {
	const struct space_link *bridge;
	struct addr addr;
	const struct space_link *link; /* that has it */
	const struct space *space;
};

static void note(const struct exam *exam, const struct addr *addr, const struct space_link *link,
		 const struct space *space)
{
	struct network *network = exam->network;

	network->asked = xgrow(network->asked, network->asked_count, sizeof(*network->asked));
	network->asked[network->asked_count++] = (struct asked_address){
		.bridge = exam->bridge, .addr = *addr, .link = link, .space = space
	};
}

void exam_wire_note(const struct exam *exam)
{
	const struct space *host = &exam->network->picture->spaces[0];

	if (!exam->network->tool->options.deep || !exam->bridge || !exam->bridge->link.has_mac)
		return;
	for (size_t i = 0; i < exam->result->ip_count; i++) {
		const struct result_ip *ip = &exam->result->ips[i];

		if (link_has_addr(exam->link, &ip->address.addr))
			note(exam, &ip->address.addr, exam->link, exam->space);
		if (addr_is_set(&ip->gateway) && link_has_addr(exam->bridge, &ip->gateway))
			note(exam, &ip->gateway, exam->bridge, host);
	}
}

static int compare(const void *a, const void *b)
{
	const struct asked_address *left = a, *right = b;

	if (left->bridge->link.index != right->bridge->link.index)
		return left->bridge->link.index < right->bridge->link.index ? -1 : 1;
	return addr_compare(&left->addr, &right->addr);
}

/* Those of one bridge; each address stands there once. */
struct group {
	struct network *network;
	struct asked_address *items;
	size_t count;
};

/* exam_doubles() has it already: whoever answers is on a port of the bridge, and can be seen. */
static bool is_seen(const struct picture *picture, const struct asked_address *asked,
		    const uint8_t mac[MAC_SIZE])
{
	size_t count;
	const struct bearer *bearers = bearers_find(picture, &asked->addr, &count);

	for (size_t i = 0; i < count; i++) {
		const struct space_link *link = picture_at(picture, bearers[i].spot);
		const struct space_link *port = picture_at(picture, link->peer);

		if (link->link.has_mac && memcmp(link->link.mac, mac, MAC_SIZE) == 0 && port &&
		    link->peer.space == 0 && port->link.master == asked->bridge->link.index)
			return true;
	}
	return false;
}

static void take_answer(const struct addr *addr, const uint8_t mac[MAC_SIZE], void *data)
{
	const struct group *group = data;
	const struct asked_address wanted = { .bridge = group->items[0].bridge, .addr = *addr };
	const struct asked_address *asked = bsearch(&wanted, group->items, group->count,
						    sizeof(wanted), compare);
	char text[ADDR_TEXT], who[MAC_TEXT];

	if (!asked || is_seen(group->network->picture, asked, mac))
		return;
	finding_advise(findings_add(group->network->findings, ADDRESS_DOUBLE, xstrdup(""),
				    "%s answers on %s for %s, which is that of %s in %s",
				    mac_print(mac, who), asked->bridge->link.name,
				    addr_print(addr, text), asked->link->link.name,
				    asked->space->name),
		       xasprintf("`bridge fdb show br %s` names the port behind which that MAC is; "
				 "give what is there another address",
				 asked->bridge->link.name));
}

static struct addr first_of(const struct space_link *link, int family)
{
	for (size_t i = 0; i < link->addresses.count; i++)
		if (link->addresses.items[i].address.addr.family == family)
			return link->addresses.items[i].address.addr;
	return (struct addr){ 0 };
}

static int ask_group(const struct group *group)
{
	const struct space_link *bridge = group->items[0].bridge;
	cleanup_free struct addr *addrs = xcalloc(group->count, sizeof(*addrs));
	struct wire_asker asker = { .link = bridge->link.index,
				    .ipv4 = first_of(bridge, AF_INET),
				    .ipv6 = first_of(bridge, AF_INET6) };

	memcpy(asker.mac, bridge->link.mac, MAC_SIZE);
	for (size_t i = 0; i < group->count; i++)
		addrs[i] = group->items[i].addr;
	return wire_ask(&asker, addrs, group->count, take_answer, (void *)group);
}

/* The gateway's stands there once for each container. */
static void sort_once(struct network *network)
{
	size_t kept = 0;

	qsort(network->asked, network->asked_count, sizeof(*network->asked), compare);
	for (size_t i = 0; i < network->asked_count; i++)
		if (kept == 0 || compare(&network->asked[kept - 1], &network->asked[i]) != 0)
			network->asked[kept++] = network->asked[i];
	network->asked_count = kept;
}

void exam_wire(struct network *network)
{
	if (network->asked_count == 0)
		return;
	sort_once(network);
	for (size_t i = 0, end; i < network->asked_count; i = end) {
		const struct space_link *bridge = network->asked[i].bridge;
		struct group group = { .network = network, .items = &network->asked[i] };

		for (end = i; end < network->asked_count; end++)
			if (network->asked[end].bridge != bridge)
				break;
		group.count = end - i;
		if (ask_group(&group) == -EINTR)
			return;
	}
}
