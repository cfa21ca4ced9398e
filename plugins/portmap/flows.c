/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which tracked connections a change of ports makes stale. */
#include "flows.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "net/conntrack.h"
#include "net/local.h"
#include "port_table.h"

/* The ports, sorted by what flows are asked for. */
struct judge {
	struct port_entry *ports;
	size_t count;
	struct netlink route;
	struct local_addresses locals; /* of the host, once they were needed */
	bool has_locals;
	int error;
};

#define cleanup_judge cleanup_with(judge_release)

static int compare(const void *a, const void *b)
{
	const struct port_entry *left = a, *right = b;
	int order = left->family - right->family;

	if (order == 0)
		order = left->protocol - right->protocol;
	if (order == 0)
		order = ntohs(left->host_port) - ntohs(right->host_port);
	return order ? order : memcmp(left->host, right->host, sizeof(left->host));
}

static struct judge judge_of(const struct owned_entries *entries)
{
	struct judge judge = { .ports = xcalloc(entries->count, sizeof(struct port_entry)),
			       .route = NETLINK_CLOSED };

	for (size_t i = 0; i < entries->count; i++) {
		struct port_entry port = port_entry_unpack(&entries->items[i]);

		if (port.kind == PORT_KIND_PORT)
			judge.ports[judge.count++] = port;
	}
	if (judge.count > 1)
		qsort(judge.ports, judge.count, sizeof(*judge.ports), compare);
	return judge;
}

static void judge_release(struct judge *judge)
{
	free(judge->ports);
	local_addresses_release(&judge->locals);
	netlink_shut(&judge->route);
}

static bool is_local(struct judge *judge, const struct addr *addr)
{
	if (judge->has_locals)
		return local_addresses_have(&judge->locals, addr);
	judge->has_locals = true;
	judge->error = netlink_open(&judge->route, NETLINK_ROUTE);
	if (judge->error == 0)
		judge->error = local_addresses_read(&judge->route, &judge->locals);
	return local_addresses_have(&judge->locals, addr);
}

static bool leads_to(const struct conntrack_flow *flow, const struct port_entry *port)
{
	struct addr container = port_entry_container(port);

	return addr_equal(&flow->answer.source, &container) &&
	       flow->answer.source_port == ntohs(port->container_port);
}

/* The port that the flow asked for, at its address or (unspecified) at every address. */
static const struct port_entry *find_port(const struct judge *judge,
					  const struct conntrack_flow *flow, bool at_its_address)
{
	struct port_entry wanted = {
		.family = flow->original.destination.family,
		.protocol = flow->original.protocol,
		.host_port = htons(flow->original.destination_port),
	};

	if (judge->count == 0)
		return NULL;
	if (at_its_address)
		memcpy(wanted.host, flow->original.destination.bytes, sizeof(wanted.host));
	return bsearch(&wanted, judge->ports, judge->count, sizeof(wanted), compare);
}

static bool is_of(const struct conntrack_flow *flow, void *data)
{
	const struct port_entry *one = find_port(data, flow, true);
	const struct port_entry *every = find_port(data, flow, false);

	return flow->is_dnat && ((one && leads_to(flow, one)) || (every && leads_to(flow, every)));
}

/*
 * TCP and SCTP to a program of the host go on: their packets would be taken for a new connection's
 * and get lost in the container. A datagram's sender notices nothing, and is served anew.
 */
static bool is_before(const struct conntrack_flow *flow, void *data)
{
	struct judge *judge = data;
	const struct port_entry *port;

	if (!flow->is_dnat && flow->original.protocol != IPPROTO_UDP)
		return false;
	port = find_port(judge, flow, true);
	if (!port)
		port = find_port(judge, flow, false);
	return port && !leads_to(flow, port) && is_local(judge, &flow->original.destination);
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

/* The filters of an ADD; returns their number. */
static size_t filters_before(const struct owned_entries *entries, long flows,
			     struct conntrack_filter ret[PROTOCOLS])
{
	size_t count;

	if (flows <= FEW_FLOWS)
		return 1; /* the one that selects all */
	count = list_filters(entries, true, FEW_PORTS, ret);
	return count <= FEW_PORTS ? count : list_filters(entries, false, PROTOCOLS, ret);
}

/* A DEL asks for what its container answers, in each family. */
static size_t filters_of(const struct owned_entries *entries, long flows,
			 struct conntrack_filter ret[PROTOCOLS])
{
	size_t count = 0;

	if (flows <= FEW_FLOWS)
		return 1;
	for (size_t i = 0; i < entries->count && count < PROTOCOLS; i++) {
		struct port_entry entry = port_entry_unpack(&entries->items[i]);
		struct addr container = port_entry_container(&entry);

		if (entry.kind != PORT_KIND_PORT ||
		    (count > 0 && addr_equal(&ret[count - 1].answer_source, &container)))
			continue;
		ret[count++] = (struct conntrack_filter){ .family = entry.family,
							  .answer_source = container };
	}
	return count < PROTOCOLS ? count : 1;
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

/* The flows that `filters_for` finds and `is_meant` confirms. */
static int forget(struct netlink *netfilter, const struct owned_entries *entries,
		  size_t (*filters_for)(const struct owned_entries *entries, long flows,
					struct conntrack_filter ret[PROTOCOLS]),
		  conntrack_fn *is_meant, struct judge *judge)
{
	struct conntrack_filter filters[PROTOCOLS] = { 0 };
	long flows = conntrack_count();
	size_t count = flows > 0 ? filters_for(entries, flows, filters) : 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = conntrack_delete(netfilter, &filters[i], is_meant, judge);
	return r;
}

int flows_forget_before(struct netlink *netfilter, const struct owned_entries *entries)
{
	cleanup_judge struct judge judge = judge_of(entries);

	return forget(netfilter, entries, filters_before, is_before, &judge) ?: judge.error;
}

int flows_forget_of(struct netlink *netfilter, const struct owned_entries *entries)
{
	cleanup_judge struct judge judge = judge_of(entries);

	return forget(netfilter, entries, filters_of, is_of, &judge);
}
