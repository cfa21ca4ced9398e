/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What bridge refuses before it touches anything, and what its trunk and MAC become. */
#include "plugins/bridge/bridge_conf.h"

#include "base/alloc.h"
#include "unit.h"

static int read_conf(const char *keys, const char *args, struct netconf *netconf,
		     struct bridge_conf *ret, struct cni_error *err)
{
	cleanup_free char *text =
		xasprintf("{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"type\":\"bridge\",%s}", keys);
	struct cni_call call = { .args = args };
	int r;

	assert_int_equal(netconf_parse(text, strlen(text), netconf, err), 0);
	assert_int_equal(netconf_read_version(netconf, err), 0);
	assert_int_equal(netconf_read(netconf, err), 0);
	call.conf = *netconf;
	r = bridge_conf_read(&call, ret, err);
	return r < 0 ? r : bridge_conf_check_add(&call, ret, err);
}

static const struct {
	const char *keys, *args;
	unsigned code;
	const char *msg;
} refused[] = {
	{ "\"vlan\":4095", "", CNI_ERR_CONFIG,
	  "invalid VLAN ID 4095 (must be between 0 and 4094)" },
	{ "\"bridge\":\"a/b\"", "", CNI_ERR_CONFIG,
	  "bridge: \"a/b\" is no interface name (1 to 15 characters without /)" },
	{ "\"vlanTrunk\":[7]", "", CNI_ERR_CONFIG, "vlanTrunk[0] must be an object, not number" },
	{ "\"vlanTrunk\":[{},{\"id\":\"x\"}]", "", CNI_ERR_INTERNAL,
	  "json: cannot unmarshal string into field vlanTrunk[1].id of type int" },
	{ "\"vlanTrunk\":[{\"minID\":5}]", "", CNI_ERR_CONFIG,
	  "minID and maxID should be configured simultaneously, maxID is missing" },
	{ "\"vlanTrunk\":[{\"maxID\":5}]", "", CNI_ERR_CONFIG,
	  "minID and maxID should be configured simultaneously, minID is missing" },
	{ "\"vlanTrunk\":[{\"minID\":0,\"maxID\":5}]", "", CNI_ERR_CONFIG,
	  "incorrect trunk minID parameter 0" },
	{ "\"vlanTrunk\":[{\"minID\":1,\"maxID\":4095}]", "", CNI_ERR_CONFIG,
	  "incorrect trunk maxID parameter 4095" },
	{ "\"vlanTrunk\":[{\"minID\":6,\"maxID\":5}]", "", CNI_ERR_CONFIG,
	  "minID 6 is greater than maxID 5 in trunk parameter" },
	{ "\"vlanTrunk\":[{\"id\":4095}]", "", CNI_ERR_CONFIG,
	  "incorrect trunk id parameter 4095" },
	{ "\"mtu\":true", "", CNI_ERR_INTERNAL,
	  "failed to load netconf: json: cannot unmarshal bool into field mtu of type int" },
	{ "\"mtu\":0", "MAC", CNI_ERR_INTERNAL, "ARGS: invalid pair \"MAC\"" },
	{ "\"mtu\":0", "MAC=x", CNI_ERR_CONFIG,
	  "mac: \"x\" is no unicast Ethernet address such as 02:11:22:33:44:55" },
	{ "\"runtimeConfig\":{\"mac\":7}", "", CNI_ERR_INTERNAL,
	  "mac must be a string, not number" },
	{ "\"hairpinMode\":true,\"promiscMode\":true", "", CNI_ERR_CONFIG,
	  "cannot set hairpin mode and promiscuous mode at the same time" },
	{ "\"ipspoofchk\":true", "", CNI_ERR_CONFIG,
	  "ipspoofchk needs an IPAM plugin: no address is known without one" },
	{ "\"disableContainerInterface\":true,\"ipam\":{\"type\":\"static\"}", "", CNI_ERR_CONFIG,
	  "cannot use IPAM when DisableContainerInterface flag is set" },
	{ "\"ipMasq\":true,\"ipMasqBackend\":\"ebpf\",\"ipam\":{\"type\":\"static\"}", "",
	  CNI_ERR_CONFIG, "unknown ipmasq backend \"ebpf\"" },
};

static void what_cannot_be_meant_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(refused); i++) {
		cleanup_netconf struct netconf netconf = { 0 };
		cleanup_conf struct bridge_conf conf = { 0 };
		cleanup_error struct cni_error err = { 0 };

		assert_true(read_conf(refused[i].keys, refused[i].args, &netconf, &conf, &err) < 0);
		expect_error(&err, refused[i].code, refused[i].msg);
	}
}

static void a_trunk_is_sorted_and_names_each_id_once(void **state)
{
	static const uint16_t expected[] = { 2, 10, 11, 12 };
	cleanup_netconf struct netconf netconf = { 0 };
	cleanup_conf struct bridge_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(read_conf("\"vlanTrunk\":[{\"minID\":10,\"maxID\":12},{\"id\":11},"
				   "{\"id\":2}]",
				   "", &netconf, &conf, &err),
			 0);
	assert_int_equal(conf.trunk.count, array_size(expected));
	assert_memory_equal(conf.trunk.ids, expected, sizeof(expected));
}

static void the_runtime_has_the_last_word_about_the_mac(void **state)
{
	static const uint8_t expected[] = { 2, 0, 0, 0, 0, 3 };
	cleanup_netconf struct netconf netconf = { 0 };
	cleanup_conf struct bridge_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(read_conf("\"args\":{\"cni\":{\"mac\":\"02:00:00:00:00:02\"}},"
				   "\"runtimeConfig\":{\"mac\":\"02:00:00:00:00:03\"}",
				   "MAC=02:00:00:00:00:01", &netconf, &conf, &err),
			 0);
	assert_true(conf.has_mac);
	assert_memory_equal(conf.mac, expected, sizeof(expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_meant_is_refused),
		cmocka_unit_test(a_trunk_is_sorted_and_names_each_id_once),
		cmocka_unit_test(the_runtime_has_the_last_word_about_the_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
