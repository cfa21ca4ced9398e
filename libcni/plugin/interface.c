/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a container's interface gets what the IPAM plugin said. */
#include "plugin/interface.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/warn.h"
#include "net/announce.h"
#include "net/ifaddr.h"
#include "net/sysctl.h"

enum {
	CARRIER_TIMEOUT_MS = 1000,
	DAD_TIMEOUT_MS =
		10000, /* two seconds, and some more where frames come back to their sender */
	LO_INDEX = 1,  /* LOOPBACK_IFINDEX of the kernel's include/linux/netdevice.h: lo is born
			  first */
};

static bool is_for_us(const struct interface_spec *spec, const struct result_ip *ip)
{
	return ip->has_interface && ip->interface == spec->result_index;
}

static bool has_family(const struct interface_spec *spec, const struct result *result, int family)
{
	for (size_t i = 0; i < result->ip_count; i++)
		if (is_for_us(spec, &result->ips[i]) &&
		    result->ips[i].address.addr.family == family)
			return true;
	return false;
}

/*
 * Closing a packet socket waits for the kernel's readers, 10 to 20 ms; asking the kernel to
 * announce does not. For IPv4 addresses interface_configure() asks it.
 */
static struct announcer make_announcer(const struct interface_spec *spec, bool ipv6)
{
	struct announcer announcer = ANNOUNCER_NONE;

	announcer.by_kernel = !spec->is_up &&
			      (!ipv6 ||
			       sysctl_write_link("ipv6", spec->name, "ndisc_notify", "1") == 0);
	if (!announcer.by_kernel)
		announcer.packet_socket = announce_open();
	return announcer;
}

/*
 * One visit to the container, before the interface is up: its settings, and whatever tells the
 * neighbours later.
 */
static int prepare(struct attach *at, const struct interface_spec *spec,
		   const struct result *result, struct announcer *announcer, struct cni_error *err)
{
	const struct link_settings settings = {
		.dad = spec->dad,
		.accept_ra = spec->accept_ra,
		.ipv6 = has_family(spec, result, AF_INET6),
	};
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r;

	r = attach_enter(at, &visit, err) ?: sysctl_prepare_link(spec->name, &settings, err);
	if (r < 0)
		return r;
	if (announcer)
		*announcer = make_announcer(spec, settings.ipv6);
	return 0;
}

int interface_raise(struct attach *at, const struct interface_spec *spec, struct cni_error *err)
{
	const struct link_settings settings = { .dad = spec->dad, .accept_ra = spec->accept_ra };
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r;

	r = attach_enter(at, &visit, err) ?: sysctl_prepare_link(spec->name, &settings, err);
	if (r < 0)
		return r;
	r = link_set_up(&at->container, spec->link);
	return r < 0 ? netlink_fail(&at->container, err, r, "failed to set %s up", spec->name) : 0;
}

static const struct addr *first_gateway(const struct interface_spec *spec,
					const struct result *result, int family)
{
	for (size_t i = 0; i < result->ip_count; i++)
		if (is_for_us(spec, &result->ips[i]) && result->ips[i].gateway.family == family)
			return &result->ips[i].gateway;
	return NULL;
}

struct kernel_route interface_plan_route(const struct interface_spec *spec,
					 const struct result *result, const struct route *route)
{
	const struct addr *gateway = addr_is_set(&route->gw)
					     ? &route->gw
					     : first_gateway(spec, result, route->dst.addr.family);
	struct kernel_route plan = {
		.dst = route->dst,
		.link = spec->link,
		.table = route->has_table ? (uint32_t)route->table : RT_TABLE_MAIN,
		.scope = route->has_scope ? (uint8_t)route->scope : RT_SCOPE_UNIVERSE,
		.priority = route->priority > 0 ? (uint32_t)route->priority : 0,
		.mtu = route->mtu > 0 ? (uint32_t)route->mtu : 0,
		.advmss = route->advmss > 0 ? (uint32_t)route->advmss : 0,
	};

	if (gateway && !addr_is_unspecified(gateway))
		plan.gateway = *gateway;
	return plan;
}

static void add_addresses(struct netlink_batch *batch, const struct interface_spec *spec,
			  const struct result *result)
{
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < result->ip_count; i++) {
		const struct prefix *address = &result->ips[i].address;
		/* One that an IPAM plugin found there is the kernel's, of an advertisement. */
		bool may_exist = spec->accept_ra && spec->is_up && address->addr.family == AF_INET6;

		if (!is_for_us(spec, &result->ips[i]))
			continue;
		netlink_batch_add(batch,
				  ifaddr_add_request(&(struct ifaddr_spec){
					  .link = spec->link,
					  .address = *address,
					  .no_dad = !spec->dad,
					  .no_prefix_route = spec->no_prefix_route,
				  }),
				  may_exist ? EEXIST : 0, "add address %s",
				  prefix_print(address, text));
	}
}

static void add_route(struct netlink_batch *batch, const struct kernel_route *route)
{
	char dst[PREFIX_TEXT], gateway[ADDR_TEXT];

	netlink_batch_add(batch, route_add_request(route), 0, "add route %s%s%s",
			  prefix_print(&route->dst, dst),
			  addr_is_set(&route->gateway) ? " via " : "",
			  addr_is_set(&route->gateway) ? addr_print(&route->gateway, gateway) : "");
}

static int wait_dad(struct attach *at, const struct interface_spec *spec, struct cni_error *err)
{
	struct link link;
	int r = link_get_index(&at->container, spec->link, &link);

	/* Without a carrier nobody can be asked, and the kernel does not begin. */
	if (r == 0 && !(link.flags & IFF_LOWER_UP))
		return 0;
	r = ifaddr_wait_dad(&at->container, spec->link, DAD_TIMEOUT_MS);
	if (r == -EADDRINUSE)
		return cni_fail(
			err, CNI_ERR_CONFLICT, -r,
			"duplicate address detection found another owner of an IPv6 address of %s",
			spec->name);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "%s still has tentative addresses",
				spec->name);
	return 0;
}

int interface_configure(struct attach *at, const struct interface_spec *spec,
			const struct result *result, struct announcer *announcer,
			struct cni_error *err)
{
	cleanup_batch struct netlink_batch batch = { 0 };
	const struct link_change announcing = { .announces = true };
	const struct link_change up = { .on = IFF_UP, .alias = spec->alias };
	const char *what = "";
	int r = result->ip_count ? prepare(at, spec, result, announcer, err) : 0;

	if (r < 0)
		return r;
	add_addresses(&batch, spec, result);
	netlink_batch_add(&batch, link_up_request(LO_INDEX), 0, "set lo up");
	/* In a message before: one whose MAC cannot be set is announced only when it comes up. */
	if (announcer && announcer->by_kernel && has_family(spec, result, AF_INET))
		netlink_batch_add(&batch, link_change_request(spec->link, &announcing), 0,
				  "make it announce its addresses");
	netlink_batch_add(&batch, link_change_request(spec->link, &up), 0, "set it up");
	for (size_t i = 0; spec->routes && i < spec->routes->count; i++)
		add_route(&batch, &spec->routes->items[i]);
	for (size_t i = 0; i < result->route_count; i++) {
		struct kernel_route route = interface_plan_route(spec, result, &result->routes[i]);

		add_route(&batch, &route);
	}
	r = netlink_batch_run(&at->container, &batch, &what);
	if (r < 0) {
		(void)netlink_fail(&at->container, err, r, "failed to configure %s: %s", spec->name,
				   what);
		cni_error_details(
			err,
			"compare the addresses, gateways and routes that the IPAM plugin returned with what is in the container");
		return r;
	}
	return spec->dad && has_family(spec, result, AF_INET6) ? wait_dad(at, spec, err) : 0;
}

static void announce_with_packets(int packet_socket, const struct interface_spec *spec,
				  const uint8_t mac[MAC_SIZE], const struct result *result)
{
	for (size_t i = 0; i < result->ip_count; i++) {
		char text[ADDR_TEXT];
		const struct addr *addr = &result->ips[i].address.addr;

		if (is_for_us(spec, &result->ips[i]) &&
		    announce_address(packet_socket, spec->link, mac, addr) < 0)
			cni_warn(
				"%s could not be announced; neighbours that knew it under another MAC may need some seconds",
				addr_print(addr, text));
	}
}

void interface_wait(struct attach *at, const struct interface_spec *spec)
{
	uint8_t state;

	ignore(link_wait_up(&at->container, spec->link, CARRIER_TIMEOUT_MS, &state));
}

void interface_announce(struct attach *at, const struct announcer *announcer,
			const struct interface_spec *spec, const uint8_t mac[MAC_SIZE],
			const struct result *result)
{
	int r = 0;

	/*
	 * Giving it the MAC that it has makes the kernel announce (NETDEV_CHANGEADDR in its
	 * net/ipv4/devinet.c and net/ipv6/ndisc.c).
	 */
	if (announcer->by_kernel)
		r = link_set_mac(&at->container, spec->link, mac);
	/* One whose MAC cannot be set was announced when it came up, and when DAD was done. */
	if (r < 0 && r != -EOPNOTSUPP)
		cni_warn(
			"the addresses of %s could not be announced; neighbours that knew them under another MAC may need some seconds",
			spec->name);
	if (announcer->packet_socket >= 0)
		announce_with_packets(announcer->packet_socket, spec, mac, result);
}

int interface_list(const struct cni_call *call, const uint8_t *mac_or_null, struct result *result)
{
	int place = (int)result->interface_count;
	char mac[MAC_TEXT];

	(void)result_add_interface(result, call->ifname,
				   mac_or_null ? mac_print(mac_or_null, mac) : NULL, call->netns);
	for (size_t i = 0; i < result->ip_count; i++) {
		result->ips[i].has_interface = true;
		result->ips[i].interface = place;
	}
	return place;
}

int interface_answer(const struct cni_call *call, struct result *result, struct text *out,
		     struct cni_error *err)
{
	return netconf_override_dns(&call->conf, &result->dns, err)
		       ?: result_print(result, call->conf.version, out, err);
}
