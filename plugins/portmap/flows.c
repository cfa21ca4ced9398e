/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which tracked connections a change of ports makes stale. */
#include "flows.h"

#include <arpa/inet.h>

#include "net/conntrack.h"
#include "net/local.h"
#include "table.h"

struct judge {
	const struct owned_entries *entries;
	struct nl *route; /* to ask which addresses are local; NULL: not needed */
};

static bool is_asked_for(const struct port_entry *port, const struct conntrack_flow *flow)
{
	struct addr host = port_entry_host(port);

	return port->kind == PORT_KIND_PORT && port->protocol == flow->original.protocol &&
	       port->family == flow->original.destination.family &&
	       ntohs(port->host_port) == flow->original.destination_port &&
	       (!addr_is_set(&host) || addr_equal(&host, &flow->original.destination));
}

static bool leads_to(const struct conntrack_flow *flow, const struct port_entry *port)
{
	struct addr container = port_entry_container(port);

	return addr_equal(&flow->answer.source, &container) &&
	       flow->answer.source_port == ntohs(port->container_port);
}

static bool is_of(const struct conntrack_flow *flow, void *data)
{
	const struct judge *judge = data;

	for (size_t i = 0; i < judge->entries->count; i++) {
		struct port_entry port = port_entry_unpack(&judge->entries->items[i]);

		if (flow->is_dnat && is_asked_for(&port, flow) && leads_to(flow, &port))
			return true;
	}
	return false;
}

/*
 * TCP and SCTP to a program of the host go on: their packets would be taken for a new connection's
 * and get lost in the container. A datagram's sender notices nothing, and is served anew.
 */
static bool is_before(const struct conntrack_flow *flow, void *data)
{
	const struct judge *judge = data;

	if (!flow->is_dnat && flow->original.protocol != IPPROTO_UDP)
		return false;
	for (size_t i = 0; i < judge->entries->count; i++) {
		struct port_entry port = port_entry_unpack(&judge->entries->items[i]);

		if (!is_asked_for(&port, flow))
			continue;
		return !leads_to(flow, &port) &&
		       address_is_local(judge->route, &flow->original.destination) == 1;
	}
	return false;
}

/*
 * Each time it is asked, the kernel looks through all its connections, and only then at the filter.
 * So all of a few are read at once; many are asked for by port, or by protocol for many ports.
 */
enum { FEW_FLOWS = 1000, FEW_PORTS = 4, PROTOCOLS = 6 /* three, of two families */ };

/* Adds the filter unless it is there; returns how many there are, which can be more than fit. */
static size_t add_filter(struct conntrack_filter *filters, size_t count, size_t room,
			 const struct conntrack_filter *filter)
{
	for (size_t i = 0; i < count; i++) {
		if (filters[i].family == filter->family &&
		    filters[i].protocol == filter->protocol &&
		    filters[i].original_port == filter->original_port)
			return count;
	}
	if (count < room)
		filters[count] = *filter;
	return count + 1;
}

static size_t list_filters(const struct owned_entries *entries, bool by_port, size_t room,
			   struct conntrack_filter *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < entries->count && count <= room; i++) {
		struct port_entry entry = port_entry_unpack(&entries->items[i]);
		const struct conntrack_filter filter = {
			.family = entry.family,
			.protocol = entry.protocol,
			.original_port = by_port ? ntohs(entry.host_port) : 0,
		};

		if (entry.kind == PORT_KIND_PORT)
			count = add_filter(ret, count, room, &filter);
	}
	return count;
}

static int forget(struct nl *netfilter, conntrack_fn *fn, struct judge *judge)
{
	struct conntrack_filter filters[PROTOCOLS] = { 0 };
	long flows = conntrack_count();
	size_t count = 1; /* the one that selects all */
	int r = 0;

	if (flows > FEW_FLOWS) {
		count = list_filters(judge->entries, true, FEW_PORTS, filters);
		if (count > FEW_PORTS)
			count = list_filters(judge->entries, false, PROTOCOLS, filters);
	}
	for (size_t i = 0; r == 0 && flows > 0 && i < count; i++)
		r = conntrack_delete(netfilter, &filters[i], fn, judge);
	return r;
}

bool flows_can_be_stale(const struct owned_entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct port_entry entry = port_entry_unpack(&entries->items[i]);

		if (entry.kind == PORT_KIND_PORT && entry.protocol == IPPROTO_UDP)
			return true;
	}
	return false;
}

int flows_forget_before(struct nl *netfilter, const struct owned_entries *entries)
{
	cleanup_nl struct nl route = NL_CLOSED;
	struct judge judge = { .entries = entries, .route = &route };
	int r = nl_open(&route, NETLINK_ROUTE);

	return r < 0 ? r : forget(netfilter, is_before, &judge);
}

int flows_forget_of(struct nl *netfilter, const struct owned_entries *entries)
{
	struct judge judge = { .entries = entries };

	return forget(netfilter, is_of, &judge);
}
