/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel answers about links, addresses, routes, VLANs of ports and connections, and its
 * errors. The first byte of the input says what is asked for, the rest is the answer (kernel.h).
 * Nobody trusts the kernel to know the size of an address: whatever is read can be used.
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "kernel.h"
#include "net/bridge.h"
#include "net/conntrack.h"
#include "net/ifaddr.h"
#include "net/local.h"
#include "net/route.h"
#include "net/veth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int see_link(const struct link *link, void *data)
{
	unsigned *count = data;

	assert(memchr(link->name, '\0', sizeof(link->name)));
	assert(memchr(link->kind, '\0', sizeof(link->kind)));
	assert(memchr(link->port_kind, '\0', sizeof(link->port_kind)));
	assert(memchr(link->alias, '\0', sizeof(link->alias)));
	++*count;
	return 0;
}

static void get_link(struct netlink *nl)
{
	struct link link = { .index = -1 };
	unsigned count = 0;
	int r = link_get(nl, "br0", &link);

	assert(r <= 0 && (r < 0 || link.index != 0));
	if (r == 0)
		assert(see_link(&link, &count) == 0);
	else
		assert(link.index == -1);
}

static void each_link(struct netlink *nl)
{
	unsigned count = 0;

	assert(link_each(nl, see_link, &count) <= 0);
}

static void check_prefix(const struct prefix *prefix, int family)
{
	struct prefix network = prefix_network(prefix), read;
	char text[PREFIX_TEXT];

	assert(family == AF_UNSPEC || prefix->addr.family == family);
	assert(prefix->len <= family_bits(prefix->addr.family));
	assert(prefix_contains(&network, &prefix->addr));
	/* An IPv4 address in IPv6 clothes reads as IPv4. */
	assert(prefix_parse(prefix_print(prefix, text), &read) < 0 ||
	       read.addr.family != prefix->addr.family || prefix_equal(prefix, &read));
}

static void list_addresses(struct netlink *nl)
{
	cleanup_ifaddrs struct ifaddrs list = { 0 };
	int r = ifaddr_list(nl, 0, AF_UNSPEC, &list);

	assert(r <= 0 && (r == 0 || list.count == 0));
	for (size_t i = 0; i < list.count; i++) {
		check_prefix(&list.items[i].address, AF_UNSPEC);
		assert(ifaddrs_contain(&list, &list.items[i].address));
	}
}

static void list_routes(struct netlink *nl, int family)
{
	cleanup_routes struct kernel_routes list = { 0 };
	int r = route_list(nl, family, &list);

	assert(r <= 0 && (r == 0 || list.count == 0));
	for (size_t i = 0; i < list.count; i++) {
		struct nl_msg *msg = route_add_request(&list.items[i]);

		check_prefix(&list.items[i].dst, family);
		assert(!addr_is_set(&list.items[i].source) ||
		       list.items[i].source.family == family);
		nlmsg_free(msg);
	}
}

static void list_routes4(struct netlink *nl)
{
	list_routes(nl, AF_INET);
}

static void list_routes6(struct netlink *nl)
{
	list_routes(nl, AF_INET6);
}

static int see_vlan(uint16_t id, uint16_t flags, void *data)
{
	unsigned *count = data;

	assert(!(flags & ~(VLAN_PVID | VLAN_UNTAGGED)));
	(void)id;
	++*count;
	return 0;
}

static void list_vlans(struct netlink *nl)
{
	unsigned count = 0;

	assert(bridge_each_vlan(nl, 3, see_vlan, &count) <= 0);
}

static void set_vlans(struct netlink *nl)
{
	static const uint16_t tagged[] = { 10, 20 };
	cleanup_error struct cni_error err = { 0 };
	const struct vlan_plan plan = { .native = 100, .tagged = tagged, .tagged_count = 2 };
	int r = bridge_set_vlans(nl, 3, &plan, &err);

	assert(r <= 0 && (r < 0) == cni_error_is_set(&err));
}

static void count_ports(struct netlink *nl)
{
	(void)!bridge_count_ports(nl, 2);
}

static void ask_local(struct netlink *nl)
{
	const struct addr addr = { AF_INET, { 10, 1, 0, 1 } };

	cleanup_locals struct local_addresses locals = { 0 };

	assert(local_addresses_read(nl, &locals) <= 0);
	(void)local_addresses_have(&locals, &addr);
}

static bool see_flow(const struct conntrack_flow *flow, void *data)
{
	unsigned *count = data;
	char text[ADDR_TEXT];

	(void)addr_print(&flow->original.source, text);
	return ++*count % 2;
}

static void delete_flows(struct netlink *nl)
{
	const struct conntrack_filter filter = { .family = AF_INET,
						 .protocol = IPPROTO_UDP,
						 .original_port = 53 };
	unsigned count = 0;

	assert(conntrack_delete(nl, &filter, see_flow, &count) <= 0);
}

static void pick_name(struct netlink *nl)
{
	const struct owner owner = { "net/c/eth0" };
	cleanup_error struct cni_error err = { 0 };
	char name[IFNAMSIZ];
	struct link link = { 0 };
	bool is_held = false;
	int r = veth_pick_name(nl, &owner, name, &is_held, &link, &err);

	assert((r < 0) == cni_error_is_set(&err) && strlen(name) == 12);
	assert(!is_held || text_equal(link.kind, "veth"));
}

/* Three changes at once, of which the second may be refused, and a question. */
static void run_batch(struct netlink *nl)
{
	cleanup_batch struct netlink_batch batch = { 0 };
	const char *what = NULL;
	struct link link = { 0 };
	int r;

	for (int i = 1; i <= 3; i++)
		netlink_batch_add(&batch, link_up_request(i), i == 2 ? ENODEV : 0, "change %d", i);
	netlink_batch_ask(&batch, link_get_request("v"), link_take, &link, "look");
	r = netlink_batch_run(nl, &batch, &what);
	assert(memchr(link.name, '\0', sizeof(link.name)));
	assert(r <= 0 && (r < 0) == !!what);
	assert(memchr(nl->reason, '\0', sizeof(nl->reason)));
}

static void (*const questions[])(struct netlink *nl) = {
	get_link,  each_link,	list_addresses, list_routes4, list_routes6, list_vlans,
	set_vlans, count_ports, ask_local,	delete_flows, pick_name,    run_batch,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };

	if (!size)
		return 0;
	kernel_start(&kernel, data + 1, size - 1);
	questions[data[0] % array_size(questions)](&kernel.nl);
	return 0;
}
