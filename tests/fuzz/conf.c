/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every plugin makes of a configuration and of CNI_ARGS, which stand behind a NUL in the
 * input: it is refused with a reason, or what was read keeps the promises of the plugin.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "ipam/dhcp/dhcp_conf.h"
#include "ipam/host-local/host_local_conf.h"
#include "ipam/static/static_conf.h"
#include "plugin/gateway.h"
#include "plugins/bandwidth/bandwidth_conf.h"
#include "plugins/bridge/bridge_conf.h"
#include "plugins/firewall/firewall_conf.h"
#include "plugins/host-device/host_device_conf.h"
#include "plugins/ipvlan/ipvlan_conf.h"
#include "plugins/macvlan/macvlan_conf.h"
#include "plugins/ovs/ovs_conf.h"
#include "plugins/portmap/portmap_conf.h"
#include "plugins/ptp/ptp_conf.h"
#include "plugins/sbr/sbr_conf.h"
#include "plugins/tap/tap_conf.h"
#include "plugins/tuning/allow.h"
#include "plugins/tuning/sysctls.h"
#include "plugins/vlan/vlan_conf.h"
#include "plugins/vrf/vrf_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Instead of the library's: what is ignored is said on stderr, millions of times here. */
void cni_warn(const char *format, ...)
{
	(void)format;
}

static void check_error(int r, const struct cni_error *err)
{
	assert((r < 0) == cni_error_is_set(err));
	assert(r == 0 || (err->msg && *err->msg));
	assert(r == 0 || err->code == CNI_ERR_CONFIG || err->code == CNI_ERR_INTERNAL);
}

static void try_bridge(const struct cni_call *call)
{
	cleanup_conf struct bridge_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_error struct cni_error add_err = { 0 };
	int r = bridge_conf_read(call, &conf, &err);

	check_error(r, &err);
	if (r < 0)
		return;
	assert(*conf.bridge && strlen(conf.bridge) < IFNAMSIZ);
	assert(conf.mtu >= 0 && conf.mtu <= 65535 && conf.vlan >= 0 && conf.vlan <= 4094);
	assert(conf.is_gateway || !conf.is_default_gateway);
	assert(!conf.has_mac || !(conf.mac[0] & 1));
	for (size_t i = 0; i < conf.trunk.count; i++) {
		assert(conf.trunk.ids[i] >= 1 && conf.trunk.ids[i] <= 4094);
		assert(i == 0 || conf.trunk.ids[i - 1] < conf.trunk.ids[i]);
	}
	r = bridge_conf_check_add(call, &conf, &add_err);
	check_error(r, &add_err);
	assert(r < 0 || !conf.hairpin || !conf.promisc);
}

static void try_ovs(const struct cni_call *call)
{
	cleanup_ovs_conf struct ovs_conf conf = { 0 };
	cleanup_ovs_conf struct ovs_conf lenient = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_error struct cni_error add_err = { 0 };
	int r;

	ovs_conf_read_socket(call, &lenient);
	assert(*lenient.socket_file && lenient.bridge);
	r = ovs_conf_read(call, &conf, &err);
	check_error(r, &err);
	if (r < 0)
		return;
	assert(*conf.bridge && strlen(conf.bridge) < IFNAMSIZ && *conf.socket_file);
	assert(conf.vlan >= -1 && conf.vlan <= 4095 && conf.mtu >= 0 && conf.mtu <= 65535);
	assert(conf.is_gateway || !conf.is_default_gateway);
	assert(!conf.mac.is_set || !(conf.mac.mac[0] & 1));
	assert(ovs_conf_patience(&conf) >= 0);
	for (size_t i = 0; i < conf.trunk.count; i++)
		assert(conf.trunk.ids[i] <= 4095 &&
		       (i == 0 || conf.trunk.ids[i - 1] < conf.trunk.ids[i]));
	r = ovs_conf_check_add(call, &conf, &add_err);
	check_error(r, &add_err);
	assert(r < 0 || !conf.is_gateway || !conf.trunk.count);
}

static void try_ptp(const struct cni_call *call)
{
	cleanup_error struct cni_error err = { 0 };
	struct ptp_conf conf;
	int r = ptp_conf_read(call, &conf, &err);

	check_error(r, &err);
	assert(r < 0 || (conf.mtu >= 0 && conf.mtu <= 65535));
}

static void try_macvlan(struct cni_call *call)
{
	cleanup_error struct cni_error err = { 0 };
	struct macvlan_conf conf = { 0 };
	int r = macvlan_conf_read(call, &conf, &err);

	check_error(r, &err);
	assert(r < 0 || (conf.queue_length >= 0 && conf.options.mode));
	assert(r < 0 || !conf.mac.is_set || !(conf.mac.mac[0] & 1));
}

static void try_ipvlan(struct cni_call *call)
{
	cleanup_error struct cni_error err = { 0 };
	struct ipvlan_conf conf = { 0 };
	int r = ipvlan_conf_read(call, &conf, &err);

	check_error(r, &err);
	assert(r < 0 || *ipvlan_mode_name(conf.options.mode) == 'l');
}

static void try_vlan(struct cni_call *call)
{
	cleanup_error struct cni_error err = { 0 };
	struct vlan_conf conf = { 0 };
	int r = vlan_conf_read(call, &conf, &err);

	check_error(r, &err);
	assert(r < 0 || (*conf.on.name && conf.options.id >= 0 && conf.options.id <= 4094));
}

static void try_tap(struct cni_call *call)
{
	cleanup_error struct cni_error err = { 0 };
	struct tap_conf conf = { 0 };
	int r = tap_conf_read(call, &conf, &err);

	check_error(r, &err);
	assert(r < 0 || conf.mtu == 0 || (conf.mtu >= 68 && conf.mtu <= 65521));
	assert(r < 0 || !conf.mac.is_set || !(conf.mac.mac[0] & 1));
}

static void try_host_device(struct cni_call *call)
{
	cleanup_error struct cni_error err = { 0 };
	struct host_device_conf conf = { 0 };
	int r = host_device_conf_read(call, &conf, &err);

	check_error(r, &err);
	assert(r < 0 || !strchr(conf.pci_bus_id, '/'));
	assert(r < 0 || !strchr(conf.device_id, '/'));
	assert(r < 0 || !strstr(conf.kernel_path, "/.."));
}

static void try_firewall(const struct cni_call *call)
{
	cleanup_error struct cni_error err = { 0 };
	struct firewall_conf conf = { 0 };
	int r = firewall_conf_read(&call->conf, &conf, &err);

	check_error(r, &err);
	assert(r < 0 || (*conf.admin_chain && strlen(conf.admin_chain) <= 28));
	assert(r < 0 || *conf.zone);
}

static void try_bandwidth(struct cni_call *call)
{
	cleanup_with(bandwidth_conf_release) struct bandwidth_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };
	int r = bandwidth_conf_read(call, &conf, &err);

	check_error(r, &err);
	assert(r < 0 || !conf.to_container.rate == !conf.to_container.burst);
	assert(r < 0 || !conf.from_container.rate == !conf.from_container.burst);
	assert(r < 0 || !conf.spares || conf.count > 0);
}

static void try_sbr(struct cni_call *call)
{
	cleanup_error struct cni_error err = { 0 };
	struct sbr_conf conf = { 0 };
	int r = sbr_conf_read(call, &conf, &err);

	check_error(r, &err);
	assert(r < 0 || conf.table == -1 || conf.table >= 1);
	assert(r < 0 || conf.gateway4.family != AF_INET6);
}

static void try_vrf(struct cni_call *call)
{
	cleanup_error struct cni_error err = { 0 };
	struct vrf_conf conf = { 0 };
	int r = vrf_conf_read(call, &conf, &err);

	check_error(r, &err);
	assert(r < 0 || (*conf.name && conf.table >= 0));
}

static void try_tuning(struct cni_call *call)
{
	cleanup_with(tuning_conf_release) struct tuning_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };
	int r = tuning_conf_read(call, &conf, &err);

	check_error(r, &err);
	for (size_t i = 0; r == 0 && i < conf.count; i++) {
		cleanup_text struct text expression = { 0 };
		cleanup_free char *path = NULL;

		ignore(allow_translate(conf.sysctls[i].value, &expression));
		if (sysctl_path(conf.sysctls[i].key, "eth0", &path, NULL) == 0)
			assert(text_starts_with(path, "/proc/sys/net/") && !strstr(path, "/.."));
	}
}

static void try_portmap(const struct cni_call *call)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };
	int r = portmap_conf_read(&call->conf, &conf, &err);

	check_error(r, &err);
	for (size_t i = 0; r == 0 && i < conf.count; i++)
		assert(conf.mappings[i].container_port &&
		       *protocol_name(conf.mappings[i].protocol));
}

/* The bridge's plan for a result gives every address a gateway, and the bridge those it has. */
static void plan_gateways(struct result *result, bool is_default)
{
	cleanup_gateways struct gateways gateways = { 0 };
	cleanup_error struct cni_error err = { 0 };
	int r = gateway_plan(result, true, is_default, &gateways, &err);

	assert((r < 0) == cni_error_is_set(&err));
	for (size_t i = 0; r == 0 && i < result->ip_count; i++)
		assert(addr_is_set(&result->ips[i].gateway));
	for (size_t i = 0; r == 0 && i < gateways.count; i++)
		assert(gateways_contain(&gateways, &gateways.items[i]));
}

static void try_static(const struct cni_call *call)
{
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_text struct text text = { 0 };
	int r = static_conf_read(call, &result, &err);

	check_error(r, &err);
	if (r < 0)
		return;
	assert(result_print(&result, "1.1.0", &text, &err) == 0);
	plan_gateways(&result, false);
	plan_gateways(&result, true);
}

static bool is_always_free(void *data, const struct addr *from, const struct addr *to,
			   struct addr *ret)
{
	(void)data;
	assert(addr_compare(from, to) <= 0);
	*ret = *from;
	return true;
}

/*
 * The addresses of an empty set can be given out: the first of them is allowed and lies in a range.
 */
static void check_set(const struct range_set *set)
{
	const struct vacancy vacancy = { .find = is_always_free };
	struct addr first, second;

	assert(set->count > 0);
	for (size_t i = 0; i < set->count; i++) {
		const struct range *range = &set->ranges[i];

		assert(addr_compare(&range->first, &range->last) <= 0);
		assert(prefix_contains(&range->subnet, &range->first));
		assert(prefix_contains(&range->subnet, &range->last));
		assert(range->first.family == set->ranges[0].first.family);
	}
	if (!range_set_next(set, NULL, &vacancy, &first))
		return;
	assert(range_set_find(set, &first) && range_set_allows(set, &first));
	assert(range_set_next(set, &first, &vacancy, &second) && range_set_allows(set, &second));
}

/* What goes to the daemon fits a message. */
static void try_dhcp(const struct cni_call *call)
{
	cleanup_dhcp_conf struct dhcp_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };
	size_t at = 0;
	int r = dhcp_conf_read(call, &conf, &err);

	check_error(r, &err);
	if (r < 0)
		return;
	assert(conf.priority >= 0 && conf.timeout >= 0 && conf.client_id.len <= 255);
	assert(conf.options.len <= 1100);
	while (at < conf.options.len)
		at += 2 + (uint8_t)conf.options.s[at + 1];
	assert(at == conf.options.len);
}

static void try_host_local(const struct cni_call *call)
{
	cleanup_host_local_conf struct host_local_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_error struct cni_error lease_err = { 0 };
	struct lease_conf leases;
	int r = host_local_conf_read(call, &conf, &err);

	check_error(r, &err);
	assert((lease_conf_read(&call->conf, &leases, &lease_err) < 0) ==
	       cni_error_is_set(&lease_err));
	if (r < 0)
		return;
	assert(*conf.leases.data_dir && text_equal(conf.leases.data_dir, leases.data_dir));
	assert(conf.leases.lock_seconds >= 1 && conf.leases.cooldown_seconds >= 0);
	assert(conf.pool.count > 0 && (conf.leases.sticky || !conf.pod));
	for (size_t i = 0; i < conf.pool.count; i++)
		check_set(&conf.pool.sets[i]);
}

/* What has a name is enough for a DEL. */
static void try_del(const char *text, size_t size)
{
	cleanup_netconf struct netconf conf = { 0 };
	struct lease_conf leases;

	if (netconf_parse(text, size, &conf, NULL) < 0)
		return;
	conf.is_lenient = true;
	assert(netconf_read_version(&conf, NULL) == 0 && netconf_read(&conf, NULL) == 0);
	assert(!*conf.ipam_type || !strchr(conf.ipam_type, '/'));
	assert(lease_conf_read(&conf, &leases, NULL) == 0 && *leases.data_dir);
	assert(leases.lock_seconds >= 1 && leases.cooldown_seconds >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);
	size_t conf_size = strlen(text);
	cleanup_free char *args = xcalloc(1, size - conf_size + 1);
	cleanup_netconf struct netconf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };
	struct cni_call call = { .args = args, .container_id = "c1", .ifname = "eth0" };

	if (conf_size < size)
		memcpy(args, data + conf_size + 1, size - conf_size - 1);
	try_del(text, conf_size);
	if (netconf_parse(text, conf_size, &conf, &err) < 0 ||
	    netconf_read_version(&conf, &err) < 0 || netconf_read(&conf, &err) < 0)
		return 0;
	call.conf = conf;
	try_bridge(&call);
	try_ovs(&call);
	try_ptp(&call);
	try_macvlan(&call);
	try_ipvlan(&call);
	try_vlan(&call);
	try_tap(&call);
	try_host_device(&call);
	try_bandwidth(&call);
	try_sbr(&call);
	try_vrf(&call);
	try_tuning(&call);
	try_portmap(&call);
	try_firewall(&call);
	try_static(&call);
	try_host_local(&call);
	try_dhcp(&call);
	return 0;
}
