/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows what the options of a lease mean, and which values are no use. */
#include "dhcp/terms.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/text.h"
#include "dhcp/search.h"

static struct addr addr_of(const uint8_t bytes[4])
{
	struct addr addr = { .family = AF_INET };

	memcpy(addr.bytes, bytes, 4);
	return addr;
}

/* 0.0.0.0/8, 127.0.0.0/8 and everything from 224.0.0.0 on belong to no single host. */
static bool is_of_host(const uint8_t address[4])
{
	return address[0] != 0 && address[0] != 127 && address[0] < 224;
}

/* 0.875 of a lease, rounded down. */
static uint32_t last_eighth(uint32_t lease)
{
	return lease - lease / 8 - (lease % 8 != 0);
}

static void read_times(const struct dhcp_reply *reply, struct dhcp_terms *terms)
{
	const uint32_t floor = terms->lease / 8 < 60 ? terms->lease / 8 : 60;
	uint32_t t1 = 0, t2 = 0;

	if (terms->lease == UINT32_MAX) {
		terms->t1 = terms->t2 = UINT32_MAX;
		return;
	}
	(void)dhcp_reply_get_u32(reply, DHCP_OPTION_T1, &t1);
	(void)dhcp_reply_get_u32(reply, DHCP_OPTION_T2, &t2);
	if (t2 == 0 || t2 >= terms->lease)
		t2 = last_eighth(terms->lease);
	if (t1 == 0 || t1 >= t2)
		t1 = terms->lease / 2;
	if (t1 < floor)
		t1 = floor; /* nobody makes us renew all the time */
	if (t1 == 0 || t1 >= t2) {
		t1 = terms->lease / 2;
		t2 = last_eighth(terms->lease);
	}
	terms->t1 = t1;
	terms->t2 = t2;
}

int dhcp_terms_read(const struct dhcp_reply *reply, struct dhcp_terms *ret)
{
	struct dhcp_terms terms = { .lease = DHCP_LEASE_DEFAULT };

	if (!is_of_host(reply->address))
		return -EBADMSG;
	memcpy(terms.address, reply->address, sizeof(terms.address));
	terms.has_server = dhcp_reply_get_exactly(reply, DHCP_OPTION_SERVER, terms.server,
						  sizeof(terms.server));
	(void)dhcp_reply_get_u32(reply, DHCP_OPTION_LEASE_TIME, &terms.lease);
	if (terms.lease < DHCP_LEASE_LEAST)
		return -EBADMSG;
	read_times(reply, &terms);
	*ret = terms;
	return 0;
}

/* The bits of a mask without holes, or -1; 0.0.0.0 would make everything a neighbour. */
static int mask_length(const uint8_t mask[4])
{
	uint32_t bits;
	int length = 0;

	memcpy(&bits, mask, sizeof(bits));
	for (bits = ntohl(bits); bits & 0x80000000U; bits <<= 1)
		length++;
	return bits || !length ? -1 : length;
}

static void add_route(struct result *result, const struct prefix *dst, const uint8_t gateway[4],
		      int priority)
{
	struct route *route = result_add_route(result);

	route->dst = prefix_network(dst);
	route->priority = priority;
	if (is_of_host(gateway)) {
		route->gw = addr_of(gateway);
		return;
	}
	route->gw = (struct addr){ .family = AF_INET }; /* RFC 3442: the network is on the link */
	route->has_scope = true;
	route->scope = RT_SCOPE_LINK;
}

/* RFC 3442: a length, as many bytes as it needs, a router. False when there is no such option. */
static bool add_classless(const struct dhcp_reply *reply, int priority, struct result *result)
{
	uint8_t value[DHCP_VALUE_MOST];
	int size = dhcp_reply_get(reply, DHCP_OPTION_CLASSLESS_ROUTES, value);
	size_t count = result->route_count;

	for (int at = 0; at < size;) {
		struct prefix dst = { .addr.family = AF_INET, .len = value[at] };
		int used = (dst.len + 7) / 8;

		if (dst.len > 32 || at + 1 + used + 4 > size)
			break;
		memcpy(dst.addr.bytes, value + at + 1, (size_t)used);
		add_route(result, &dst, value + at + 1 + used, priority);
		at += 1 + used + 4;
	}
	return result->route_count > count;
}

/* RFC 2132, section 5.8: networks of classes A, B and C, whose size follows from the first bits. */
static void add_classful(const struct dhcp_reply *reply, int priority, struct result *result)
{
	uint8_t value[DHCP_VALUE_MOST];
	int size = dhcp_reply_get(reply, DHCP_OPTION_STATIC_ROUTES, value);

	for (int at = 0; at + 8 <= size; at += 8) {
		struct prefix dst = { .addr = addr_of(value + at) };

		dst.len = value[at] < 128 ? 8 : value[at] < 192 ? 16 : 24;
		if (is_of_host(value + at) && is_of_host(value + at + 4))
			add_route(result, &dst, value + at + 4, priority);
	}
}

static void add_routes(const struct dhcp_reply *reply, const uint8_t *router, int priority,
		       struct result *result)
{
	static const struct prefix all = { .addr.family = AF_INET };

	if (add_classless(reply, priority, result))
		return;
	add_classful(reply, priority, result);
	if (router)
		add_route(result, &all, router, priority);
}

static void add_dns(const struct dhcp_reply *reply, struct dns *dns)
{
	uint8_t value[DHCP_VALUE_MOST];
	char text[ADDR_TEXT];
	int size = dhcp_reply_get(reply, DHCP_OPTION_DNS, value);

	for (int at = 0; at + 4 <= size; at += 4) {
		struct addr addr = addr_of(value + at);

		if (is_of_host(value + at) || value[at] == 127)
			strings_add(&dns->nameservers, addr_print(&addr, text));
	}
	size = dhcp_reply_get(reply, DHCP_OPTION_DOMAIN, value);
	if (size > 0)
		dns->domain = search_name(value, (size_t)size);
	size = dhcp_reply_get(reply, DHCP_OPTION_SEARCH, value);
	if (size > 0)
		search_list(value, (size_t)size, &dns->search);
}

/* The interface's own belongs to its plugin. */
static void limit_routes(const struct dhcp_reply *reply, int link_mtu, struct result *result)
{
	uint8_t value[2];
	int mtu;

	if (!dhcp_reply_get_exactly(reply, DHCP_OPTION_MTU, value, sizeof(value)))
		return;
	mtu = value[0] << 8 | value[1];
	if (mtu < DHCP_MTU_LEAST || mtu >= link_mtu)
		return;
	for (size_t i = 0; i < result->route_count; i++)
		result->routes[i].mtu = mtu;
}

int dhcp_terms_result(const struct dhcp_reply *reply, int priority, int link_mtu,
		      struct result *ret, struct cni_error *err)
{
	uint8_t mask[4], routers[DHCP_VALUE_MOST];
	const uint8_t *router = NULL;
	struct result_ip *ip;
	int length = -1;

	if (dhcp_reply_get_exactly(reply, DHCP_OPTION_MASK, mask, sizeof(mask)))
		length = mask_length(mask);
	if (length < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"DHCP option Subnet Mask not found in DHCPACK");
	if (dhcp_reply_get(reply, DHCP_OPTION_ROUTER, routers) >= 4 && is_of_host(routers))
		router = routers;
	ip = result_add_ip(ret);
	ip->address = (struct prefix){ .addr = addr_of(reply->address), .len = (uint8_t)length };
	if (router)
		ip->gateway = addr_of(router);
	add_routes(reply, router, priority, ret);
	limit_routes(reply, link_mtu, ret);
	add_dns(reply, &ret->dns);
	return 0;
}
