/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses a bridge may keep, and how it gets the ones it needs. */
#include "plugin/address.h"

#include <errno.h>

#include "base/warn.h"
#include "net/bridge.h"
#include "net/ifaddr.h"
#include "net/sysctl.h"
#include "plugin/check.h"
#include "plugin/ipam.h"

static const int families[] = { AF_INET, AF_INET6 };

static bool is_link_local(const struct ifaddr *have)
{
	return have->address.addr.family == AF_INET6 && have->scope != 0;
}

/*
 * A bridge of our making with no port but the new one: nobody uses the old address as its gateway.
 */
static bool is_unused(struct netlink *host, const struct link *link)
{
	return text_equal(link->alias, BRIDGE_ALIAS) && bridge_count_ports(host, link->index) <= 1;
}

static int fail_conflict(struct netlink *host, const struct link *link,
			 const struct prefix *present, const struct prefix *wanted,
			 struct cni_error *err)
{
	char have[PREFIX_TEXT], want[PREFIX_TEXT];
	int r = cni_fail(err, CNI_ERR_CONFLICT, 0,
			 "\"%s\" already has an IP address different from %s", link->name,
			 prefix_print(wanted, want));

	cni_error_details(
		err,
		"it has %s and %d ports; use another subnet or bridge name, or set forceAddress to replace the address under the containers that use it, or remove it: ip address del %s dev %s",
		prefix_print(present, have), bridge_count_ports(host, link->index), have,
		link->name);
	return r;
}

static int plan_removals(struct netlink *host, const struct link *link,
			 const struct ifaddrs *present, const struct gateways *gateways, bool force,
			 struct netlink_batch *batch, struct cni_error *err)
{
	for (size_t i = 0; i < present->count; i++) {
		const struct prefix *have = &present->items[i].address;
		const struct prefix *wanted;
		char text[PREFIX_TEXT];

		if (is_link_local(&present->items[i]) ||
		    !gateway_conflicts(gateways, have, &wanted))
			continue;
		if (!force && !is_unused(host, link))
			return fail_conflict(host, link, have, wanted, err);
		cni_warn("%s: replacing the address %s", link->name, prefix_print(have, text));
		netlink_batch_add(batch, ifaddr_delete_request(link->index, have), EADDRNOTAVAIL,
				  "delete address %s", text);
	}
	return 0;
}

static void plan_additions(const struct link *link, const struct ifaddrs *present,
			   const struct gateways *gateways, bool dad, struct netlink_batch *batch)
{
	for (size_t i = 0; i < gateways->count; i++) {
		const struct ifaddr_spec spec = {
			.link = link->index,
			.address = gateways->items[i],
			.no_dad = !dad,
		};
		char text[PREFIX_TEXT];

		if (!ifaddrs_contain(present, &spec.address))
			netlink_batch_add(batch, ifaddr_add_request(&spec), EEXIST,
					  "add address %s", prefix_print(&spec.address, text));
	}
}

static int enable_forwarding(const struct gateways *gateways, struct cni_error *err)
{
	int r = 0;

	for (size_t i = 0; i < array_size(families) && r == 0; i++)
		if (gateways_have_family(gateways, families[i]))
			r = sysctl_enable_forwarding(families[i], err);
	return r;
}

static int family_of(const struct gateways *gateways)
{
	if (gateways_have_family(gateways, AF_INET) && gateways_have_family(gateways, AF_INET6))
		return AF_UNSPEC;
	return gateways_have_family(gateways, AF_INET) ? AF_INET : AF_INET6;
}

static void explain_refusal(const struct link *link, const struct gateways *gateways,
			    struct cni_error *err)
{
	if (!gateways_have_family(gateways, AF_INET6))
		return;
	if (sysctl_get_forwarding(AF_INET6) == -ENOENT)
		cni_error_details(
			err,
			"the kernel has no IPv6: boot without ipv6.disable=1, or configure no IPv6 addresses");
	else
		cni_error_details(
			err,
			"is IPv6 disabled on the host? `sysctl -w net.ipv6.conf.default.disable_ipv6=0` switches it on for interfaces to come, net/ipv6/conf/%s/disable_ipv6=0 for one that is there",
			link->name);
}

/* A bridge is as narrow as its narrowest port. */
static int check_mtu(const struct link *link, const struct gateways *gateways,
		     struct cni_error *err)
{
	int r;

	if (link->mtu <= 0 || link->mtu >= IPV6_MIN_MTU ||
	    !gateways_have_family(gateways, AF_INET6))
		return 0;
	r = cni_fail(err, CNI_ERR_CONFLICT, 0,
		     "%s has MTU %d, below %d, the least that IPv6 addresses need", link->name,
		     link->mtu, IPV6_MIN_MTU);
	cni_error_details(
		err,
		"raise the MTU of the bridge and its ports, use another bridge, or configure no IPv6 addresses");
	return r;
}

int address_ensure(struct netlink *host, const struct link *link, const struct gateways *gateways,
		   bool force, bool dad, struct cni_error *err)
{
	cleanup_ifaddrs struct ifaddrs present = { 0 };
	cleanup_batch struct netlink_batch batch = { 0 };
	const char *what = "";
	int r;

	if (!gateways->count)
		return 0;
	r = check_mtu(link, gateways, err);
	if (r < 0)
		return r;
	r = ifaddr_list(host, link->index, family_of(gateways), &present);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to list the addresses of %s",
				link->name);
	r = plan_removals(host, link, &present, gateways, force, &batch, err);
	if (r < 0)
		return r;
	plan_additions(link, &present, gateways, dad, &batch);
	r = netlink_batch_run(host, &batch, &what);
	if (r < 0) {
		(void)netlink_fail(host, err, r, "failed to make %s a gateway: %s", link->name,
				   what);
		explain_refusal(link, gateways, err);
		return r;
	}
	return enable_forwarding(gateways, err);
}

int address_check(struct netlink *host, const struct link *link, const struct gateways *gateways,
		  struct cni_error *err)
{
	cleanup_ifaddrs struct ifaddrs present = { 0 };
	int r;

	if (!gateways->count)
		return 0;
	r = ifaddr_list(host, link->index, AF_UNSPEC, &present);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to list the addresses of %s",
				link->name);
	for (size_t i = 0; i < gateways->count; i++) {
		char text[PREFIX_TEXT];

		if (!ifaddrs_contain(&present, &gateways->items[i]))
			return check_fail(err, "gateway address %s is missing on %s",
					  prefix_print(&gateways->items[i], text), link->name);
	}
	for (size_t i = 0; i < array_size(families) && r == 0; i++)
		if (gateways_have_family(gateways, families[i]))
			r = check_forwarding(families[i], err);
	return r;
}
