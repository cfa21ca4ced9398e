/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the plugins with one interface read from their keys, and what they refuse. */
#include "base/alloc.h"
#include "plugins/host-device/host_device_conf.h"
#include "plugins/ipvlan/ipvlan_conf.h"
#include "plugins/tap/tap_conf.h"
#include "plugins/vlan/vlan_conf.h"
#include "unit.h"

typedef int read_fn(struct cni_call *call, void *ret, struct cni_error *err);

static int read_keys(read_fn *fn, const char *keys, struct netconf *netconf, void *ret,
		     struct cni_error *err)
{
	cleanup_free char *text =
		xasprintf("{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"type\":\"x\",%s}", keys);
	struct cni_call call = { .args = "" };

	assert_int_equal(netconf_parse(text, strlen(text), netconf, err), 0);
	assert_int_equal(netconf_read_version(netconf, err), 0);
	assert_int_equal(netconf_read(netconf, err), 0);
	call.conf = *netconf;
	return fn(&call, ret, err);
}

static int host_device_read(struct cni_call *call, void *ret, struct cni_error *err)
{
	return host_device_conf_read(call, ret, err);
}

static const struct {
	read_fn *read;
	const char *keys;
	unsigned code;
	const char *msg;
} refused[] = {
	{ ipvlan_conf_read, "\"mode\":\"L2\"", CNI_ERR_INTERNAL, "unknown ipvlan mode: \"L2\"" },
	{ ipvlan_conf_read, "\"master\":7", CNI_ERR_INTERNAL,
	  "json: cannot unmarshal number 7 into field master of type string" },
	{ vlan_conf_read, "\"vlanId\":7", CNI_ERR_INTERNAL, "\"master\" field is required" },
	{ vlan_conf_read, "\"master\":\"eth0\",\"vlanId\":4095", CNI_ERR_CONFIG,
	  "vlanId: 4095 is above 4094" },
	{ vlan_conf_read, "\"master\":\"eth0\",\"vlanId\":-1", CNI_ERR_CONFIG,
	  "vlanId: -1 is below 0" },
	{ host_device_read, "\"device\":\"\"", CNI_ERR_INTERNAL,
	  "specify either \"device\", \"hwaddr\", \"kernelpath\" or \"pciBusID\"" },
	{ host_device_read, "\"kernelpath\":\"/sys/devices/../x\"", CNI_ERR_CONFIG,
	  "kernelpath: \"/sys/devices/../x\" is no folder below /sys/devices/" },
	{ host_device_read, "\"pciBusID\":\"..\"", CNI_ERR_CONFIG,
	  "pciBusID: \"..\" is no device id such as 0000:01:00.0" },
	{ host_device_read, "\"runtimeConfig\":{\"deviceID\":\"a/b\"}", CNI_ERR_CONFIG,
	  "runtimeConfig.deviceID: \"a/b\" is no device id such as 0000:01:00.0" },
	{ tap_conf_read, "\"mtu\":65522", CNI_ERR_CONFIG, "mtu: 65522 is above 65521" },
	{ tap_conf_read, "\"owner\":4294967295", CNI_ERR_CONFIG,
	  "owner: 4294967295 is above 4294967294" },
};

static void what_cannot_be_meant_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(refused); i++) {
		cleanup_netconf struct netconf netconf = { 0 };
		cleanup_error struct cni_error err = { 0 };
		long conf[64] = { 0 };

		assert_true(read_keys(refused[i].read, refused[i].keys, &netconf, conf, &err) < 0);
		expect_error(&err, refused[i].code, refused[i].msg);
	}
}

static void ipvlan_reads_its_keys(void **state)
{
	static const char *const names[] = { "l2", "l3", "l3s" };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < array_size(names); i++) {
		cleanup_netconf struct netconf netconf = { 0 };
		cleanup_free char *keys = xasprintf("\"mode\":\"%s\"", names[i]);
		struct ipvlan_conf conf = { 0 };

		assert_int_equal(read_keys(ipvlan_conf_read, keys, &netconf, &conf, &err), 0);
		assert_string_equal(ipvlan_mode_name(conf.options.mode), names[i]);
		assert_string_equal(conf.on.name, "");
		assert_true(conf.on.enable_dad && !conf.on.accept_ra && !conf.on.in_container);
	}
	assert_string_equal(ipvlan_mode_name(3), "unknown");
}

static void an_empty_mode_is_the_default(void **state)
{
	cleanup_netconf struct netconf netconf = { 0 };
	cleanup_error struct cni_error err = { 0 };
	struct ipvlan_conf conf = { 0 };

	(void)state;
	assert_int_equal(read_keys(ipvlan_conf_read, "\"mode\":\"\"", &netconf, &conf, &err), 0);
	assert_string_equal(conf.mode_name, "l2");
}

static void zero_is_an_owner_and_nothing_is_none(void **state)
{
	cleanup_netconf struct netconf netconf = { 0 };
	cleanup_error struct cni_error err = { 0 };
	struct tap_conf conf = { 0 };

	(void)state;
	assert_int_equal(read_keys(tap_conf_read, "\"owner\":0,\"group\":null", &netconf, &conf,
				   &err),
			 0);
	assert_int_equal(conf.options.owner, 0);
	assert_int_equal(conf.options.group, TAP_NOBODY);
	netconf_release(&netconf);
	assert_int_equal(read_keys(tap_conf_read, "\"owner\":4294967294", &netconf, &conf, &err),
			 0);
	assert_int_equal(conf.options.owner, 4294967294U);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_meant_is_refused),
		cmocka_unit_test(ipvlan_reads_its_keys),
		cmocka_unit_test(an_empty_mode_is_the_default),
		cmocka_unit_test(zero_is_an_owner_and_nothing_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
