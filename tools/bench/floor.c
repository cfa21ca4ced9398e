/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which requests an attachment cannot do without. */
#include "floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/text.h"
#include "net/ifaddr.h"
#include "net/link_create.h"
#include "net/netns.h"
#include "net/route.h"
#include "nft/change.h"

enum { LO_INDEX = 1, FIRST_PORT = 20000, CONTAINER_PORT = 80 };

static const char bridge_name[] = "bench0", host_name[] = "vethfloor", container_name[] = "eth0";
static const char alias[] = "bench/floor/eth0";

static const struct nft_table table = { NFPROTO_INET, "bench" };

/*
 * As many elements as will do: one for the owner and one for each address, or one for each port and
 * one for the container that reaches itself through them.
 */
enum { SET_OWNERS, SET_IPV4, SET_IPV6, SET_PORTS, SET_HAIRPIN };

static const struct nft_set sets[] = {
	[SET_OWNERS] = { "owners", NFT_TYPE_IPV6, 16, NFT_TYPE_IPV6, 16 },
	[SET_IPV4] = { "ipv4", NFT_TYPE_IPV4, 4, 0, 0 },
	[SET_IPV6] = { "ipv6", NFT_TYPE_IPV6, 16, 0, 0 },
	[SET_PORTS] = { "ports", NFT_TYPE_PAIR(NFT_TYPE_PROTOCOL, NFT_TYPE_PORT), 8,
			NFT_TYPE_PAIR(NFT_TYPE_IPV4, NFT_TYPE_PORT), 8 },
	[SET_HAIRPIN] = { "hairpin", NFT_TYPE_PAIR(NFT_TYPE_IPV4, NFT_TYPE_IPV4), 8, 0, 0 },
};

static const struct addressing {
	int family;
	const char *address, *gateway, *any;
} addressings[] = {
	{ AF_INET, "10.99.0.2/16", "10.99.0.1", "0.0.0.0/0" },
	{ AF_INET6, "fd00:99::2/64", "fd00:99::1", "::/0" },
};

static bool is_wanted(const struct floor_spec *spec, const struct addressing *addressing)
{
	return addressing->family == AF_INET ? spec->ipv4 : spec->ipv6;
}

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix = { 0 };

	ignore(prefix_parse(text, &prefix)); /* a constant of ours */
	return prefix;
}

static struct addr addr_of(const char *text)
{
	struct addr addr = { 0 };

	ignore(addr_parse(text, &addr)); /* likewise */
	return addr;
}

/* ---- opening */

static int open_container(struct floors *floors, const char *path)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r;

	floors->container_fd = netns_open(path, NULL);
	if (floors->container_fd < 0)
		return floors->container_fd;
	r = netns_enter(&visit, floors->container_fd, NULL);
	return r < 0 ? r : netlink_open(&floors->container, NETLINK_ROUTE);
}

static int open_host(struct floors *floors, const char *path)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_close int host = netns_open(path, NULL);
	int r = host < 0 ? host : netns_enter(&visit, host, NULL);

	if (r == 0)
		r = netlink_open(&floors->host, NETLINK_ROUTE);
	return r < 0 ? r : netlink_open(&floors->nft, NETLINK_NETFILTER);
}

int floors_open(struct floors *floors, const char *host, const char *container)
{
	int r;

	if (floors->host_path && text_equal(floors->host_path, host) &&
	    text_equal(floors->container_path, container))
		return 0;
	floors_close(floors);
	r = open_host(floors, host);
	if (r == 0)
		r = open_container(floors, container);
	if (r < 0)
		return r;
	floors->host_path = xstrdup(host);
	floors->container_path = xstrdup(container);
	return 0;
}

void floors_close(struct floors *floors)
{
	netlink_shut(&floors->host);
	netlink_shut(&floors->container);
	netlink_shut(&floors->nft);
	close_fd(&floors->container_fd);
	free(floors->host_path);
	free(floors->container_path);
	*floors = (struct floors)FLOORS_CLOSED;
}

/* ---- links, addresses, routes */

static int make_pair(struct floors *floors, int master)
{
	const struct attach at = { .netns = floors->container_fd };
	const struct link_spec peer = { .name = container_name, .into = &at };

	return link_create(&floors->host, &(struct link_spec){
						  .name = host_name,
						  .kind = &link_kind_veth,
						  .options = &peer,
						  .master = master,
					  });
}

static void add_address(struct netlink_batch *batch, int link, const struct prefix *address)
{
	const struct ifaddr_spec spec = { .link = link, .address = *address, .no_dad = true };

	netlink_batch_add(batch, ifaddr_add_request(&spec), 0, "address");
}

static void add_route(struct netlink_batch *batch, int link, const struct prefix *dst,
		      const struct addr *gateway)
{
	struct kernel_route route = { .dst = *dst, .link = link };

	route.scope = gateway || dst->addr.family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	if (gateway)
		route.gateway = *gateway;
	netlink_batch_add(batch, route_add_request(&route), 0, "route");
}

static int configure_host(struct floors *floors, const struct floor_spec *spec)
{
	cleanup_batch struct netlink_batch batch = { 0 };
	const char *what;

	netlink_batch_add(&batch,
			  link_change_request(floors->host_index,
					      &(struct link_change){ .on = IFF_UP,
								     .alias = alias }),
			  0, "up");
	for (size_t i = 0; i < array_size(addressings) && spec->kind == FLOOR_PTP; i++) {
		const struct prefix address = prefix_of(addressings[i].address);
		const struct prefix dst = prefix_host(&address.addr);
		const struct addr own = addr_of(addressings[i].gateway);
		const struct prefix gateway = prefix_host(&own);

		if (!is_wanted(spec, &addressings[i]))
			continue;
		add_address(&batch, floors->host_index, &gateway);
		add_route(&batch, floors->host_index, &dst, NULL);
	}
	return netlink_batch_run(&floors->host, &batch, &what);
}

static int configure_container(struct floors *floors, const struct floor_spec *spec, int link)
{
	cleanup_batch struct netlink_batch batch = { 0 };
	const char *what;

	for (size_t i = 0; i < array_size(addressings); i++) {
		const struct prefix address = prefix_of(addressings[i].address);

		if (is_wanted(spec, &addressings[i]))
			add_address(&batch, link, &address);
	}
	netlink_batch_add(&batch, link_up_request(LO_INDEX), 0, "lo");
	netlink_batch_add(&batch, link_up_request(link), 0, "up");
	for (size_t i = 0; i < array_size(addressings); i++) {
		const struct prefix any = prefix_of(addressings[i].any);
		const struct addr gateway = addr_of(addressings[i].gateway);

		if (is_wanted(spec, &addressings[i]))
			add_route(&batch, link, &any, &gateway);
	}
	return netlink_batch_run(&floors->container, &batch, &what);
}

/* ---- rules */

static int plan_table(struct netlink *nl, struct nft_batch *batch, void *data)
{
	(void)nl, (void)data;
	nft_add_table(batch, &table);
	for (size_t i = 0; i < array_size(sets); i++)
		nft_add_set(batch, &table, &sets[i]);
	return 0;
}

static struct nft_element element_in(size_t set)
{
	struct nft_element element = { .key_size = sets[set].key_size,
				       .data_size = sets[set].data_size };

	memcpy(element.set, sets[set].name, strlen(sets[set].name) + 1);
	return element;
}

static struct nft_element element_of(const struct addressing *addressing, size_t set)
{
	struct nft_element element = element_in(set);
	const struct prefix address = prefix_of(addressing->address);

	memcpy(element.key, address.addr.bytes, family_size(address.addr.family));
	if (set == SET_OWNERS)
		memcpy(element.comment, alias, sizeof(alias));
	return element;
}

/* Each part of a concatenation takes a multiple of four bytes. */
static struct nft_element port_element(uint16_t number)
{
	struct nft_element element = element_in(SET_PORTS);
	const struct prefix address = prefix_of(addressings[0].address);
	const uint16_t host = htons(FIRST_PORT + number), to = htons(CONTAINER_PORT + number);

	element.key[0] = IPPROTO_TCP;
	memcpy(element.key + 4, &host, sizeof(host));
	memcpy(element.data, address.addr.bytes, 4);
	memcpy(element.data + 4, &to, sizeof(to));
	memcpy(element.comment, alias, sizeof(alias));
	return element;
}

static struct nft_element hairpin_element(void)
{
	struct nft_element element = element_in(SET_HAIRPIN);
	const struct prefix address = prefix_of(addressings[0].address);

	memcpy(element.key, address.addr.bytes, 4);
	memcpy(element.key + 4, address.addr.bytes, 4);
	memcpy(element.comment, alias, sizeof(alias));
	return element;
}

struct change {
	const struct floor_spec *spec;
	void (*apply)(struct nft_batch *batch, const struct nft_table *table,
		      const struct nft_element *element);
};

static void plan_ports(struct nft_batch *batch, const struct change *change)
{
	const struct nft_element hairpin = hairpin_element();

	change->apply(batch, &table, &hairpin);
	for (uint16_t i = 0; i < change->spec->ports; i++) {
		const struct nft_element port = port_element(i);

		change->apply(batch, &table, &port);
	}
}

static int plan_elements(struct netlink *nl, struct nft_batch *batch, void *data)
{
	const struct change *change = data;

	(void)nl;
	for (size_t i = 0; i < array_size(addressings) && change->spec->masquerade; i++) {
		const struct nft_element owner = element_of(&addressings[i], SET_OWNERS);
		const struct nft_element member = element_of(&addressings[i], SET_IPV4 + i);

		if (!is_wanted(change->spec, &addressings[i]))
			continue;
		change->apply(batch, &table, &owner);
		change->apply(batch, &table, &member);
	}
	if (change->spec->ports)
		plan_ports(batch, change);
	return 0;
}

static bool has_rules(const struct floor_spec *spec)
{
	return spec->masquerade || spec->ports;
}

static int add_rules(struct floors *floors, const struct floor_spec *spec)
{
	struct change change = { .spec = spec, .apply = nft_add_element };
	int r = floors->has_nft ? 0 : nft_change(&floors->nft, plan_table, NULL);

	if (r < 0 && r != -EEXIST)
		return r;
	floors->has_nft = true;
	return nft_change(&floors->nft, plan_elements, &change);
}

/* ---- the whole */

static int add_link(struct floors *floors, const struct floor_spec *spec)
{
	struct link link = { 0 };
	int r = spec->kind == FLOOR_BRIDGE ? link_get(&floors->host, bridge_name, &link) : 0;

	if (r == 0)
		r = make_pair(floors, link.index);
	if (r == 0)
		r = link_get(&floors->container, container_name, &link);
	if (r < 0)
		return r;
	floors->host_index = link.peer;
	r = configure_host(floors, spec);
	return r < 0 ? r : configure_container(floors, spec, link.index);
}

int floor_add(struct floors *floors, const struct floor_spec *spec)
{
	int r = 0;

	if (spec->kind == FLOOR_LOOPBACK)
		return netlink_call(&floors->container, link_up_request(LO_INDEX));
	if (spec->kind != FLOOR_NO_LINK)
		r = add_link(floors, spec);
	return r < 0 || !has_rules(spec) ? r : add_rules(floors, spec);
}

static struct nl_msg *delete_request(int index)
{
	const struct ifinfomsg header = { .ifi_index = index };

	return netlink_request(RTM_DELLINK, 0, &header, sizeof(header));
}

/* Rules first: the kernel tidies them up while it waits for the link. */
int floor_del(struct floors *floors, const struct floor_spec *spec)
{
	struct change change = { .spec = spec, .apply = nft_delete_element };
	int r = has_rules(spec) ? nft_change(&floors->nft, plan_elements, &change) : 0;

	if (r < 0 || spec->kind == FLOOR_NO_LINK)
		return r;
	if (spec->kind == FLOOR_LOOPBACK)
		return netlink_call(&floors->container,
				    link_change_request(LO_INDEX,
							&(struct link_change){ .off = IFF_UP }));
	return netlink_call(&floors->host, delete_request(floors->host_index));
}
