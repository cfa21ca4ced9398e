/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ovs refuses before it touches anything, and what ovs-cni's file adds to a network. */
#include "plugins/ovs/ovs_conf.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "unit.h"

static int parse(const char *keys, const char *args, struct netconf *netconf, struct cni_call *ret,
		 struct cni_error *err)
{
	cleanup_free char *text =
		xasprintf("{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"type\":\"ovs\"%s%s}",
			  *keys ? "," : "", keys);

	assert_int_equal(netconf_parse(text, strlen(text), netconf, err), 0);
	assert_int_equal(netconf_read_version(netconf, err), 0);
	assert_int_equal(netconf_read(netconf, err), 0);
	*ret = (struct cni_call){ .args = args, .conf = *netconf };
	return 0;
}

static int read_conf(const char *keys, const char *args, struct netconf *netconf,
		     struct ovs_conf *ret, struct cni_error *err)
{
	struct cni_call call;
	int r = parse(keys, args, netconf, &call, err) ?: ovs_conf_read(&call, ret, err);

	return r ?: ovs_conf_check_add(&call, ret, err);
}

static const struct {
	const char *keys, *args;
	unsigned code;
	const char *msg;
} refused[] = {
	{ "\"vlan\":1", "", CNI_ERR_CONFIG, "failed to get bridge name" },
	{ "\"bridge\":\"a/b\"", "", CNI_ERR_CONFIG,
	  "bridge: \"a/b\" is no name of a bridge (1 to 15 characters without /)" },
	{ "\"bridge\":\"b\",\"vlan\":4096", "", CNI_ERR_CONFIG, "vlan: 4096 is above 4095" },
	{ "\"bridge\":\"b\",\"vlan\":-1", "", CNI_ERR_CONFIG, "vlan: -1 is below 0" },
	{ "\"bridge\":\"b\",\"trunk\":[7]", "", CNI_ERR_CONFIG,
	  "trunk[0] must be an object, not number" },
	{ "\"bridge\":\"b\",\"trunk\":[{},{\"id\":\"x\"}]", "", CNI_ERR_INTERNAL,
	  "json: cannot unmarshal string into field trunk[1].id of type int" },
	{ "\"bridge\":\"b\",\"trunk\":[{\"minID\":5}]", "", CNI_ERR_CONFIG,
	  "minID and maxID should be configured simultaneously, maxID is missing" },
	{ "\"bridge\":\"b\",\"trunk\":[{\"maxID\":5,\"minID\":null}]", "", CNI_ERR_CONFIG,
	  "minID and maxID should be configured simultaneously, minID is missing" },
	{ "\"bridge\":\"b\",\"trunk\":[{\"minID\":-1,\"maxID\":5}]", "", CNI_ERR_CONFIG,
	  "incorrect trunk minID parameter -1" },
	{ "\"bridge\":\"b\",\"trunk\":[{\"minID\":0,\"maxID\":4096}]", "", CNI_ERR_CONFIG,
	  "incorrect trunk maxID parameter 4096" },
	{ "\"bridge\":\"b\",\"trunk\":[{\"minID\":6,\"maxID\":5}]", "", CNI_ERR_CONFIG,
	  "minID 6 is greater than maxID 5 in trunk parameter" },
	{ "\"bridge\":\"b\",\"trunk\":[{\"id\":4096}]", "", CNI_ERR_CONFIG,
	  "incorrect trunk id parameter 4096" },
	{ "\"bridge\":\"b\",\"trunk\":[{}]", "", CNI_ERR_CONFIG,
	  "trunk parameter is misconfigured: it names no VLAN" },
	{ "\"bridge\":\"b\",\"socket_file\":\"tcp:127.0.0.1:6640\"", "", CNI_ERR_CONFIG,
	  "socket_file: \"tcp:127.0.0.1:6640\" is no unix socket, and others are not spoken" },
	{ "\"bridge\":\"b\",\"deviceID\":\"0000:03:02.3\"", "", CNI_ERR_CONFIG,
	  "deviceID: \"0000:03:02.3\": hardware that switches by itself is not supported" },
	{ "\"bridge\":\"b\",\"datapathType\":\"dpdk\"", "", CNI_ERR_CONFIG,
	  "datapathType: \"dpdk\" is neither system nor netdev" },
	{ "\"bridge\":\"b\",\"failMode\":\"open\"", "", CNI_ERR_CONFIG,
	  "failMode: \"open\" is neither standalone nor secure" },
	{ "\"bridge\":\"b\"", "MAC", CNI_ERR_INTERNAL, "ARGS: invalid pair \"MAC\"" },
	{ "\"bridge\":\"b\"", "MAC=x", CNI_ERR_CONFIG,
	  "mac: \"x\" is no unicast Ethernet address such as 02:11:22:33:44:55" },
	{ "\"bridge\":\"b\",\"isGateway\":true", "", CNI_ERR_CONFIG,
	  "isGateway needs an IPAM plugin: no address is known without one" },
	{ "\"bridge\":\"b\",\"isGateway\":true,\"trunk\":[{\"id\":1}],\"ipam\":{\"type\":\"static\"}",
	  "", CNI_ERR_CONFIG, "isGateway does not go with trunk: which VLAN's gateway is it?" },
	{ "\"bridge\":\"b\",\"ipspoofchk\":true", "", CNI_ERR_CONFIG,
	  "ipspoofchk needs an IPAM plugin: no address is known without one" },
	{ "\"bridge\":\"b\",\"ipspoofchk\":true,\"ipam\":{\"type\":\"dhcp\"}", "", CNI_ERR_CONFIG,
	  "ipspoofchk cannot work with dhcp, whose addresses come and change while the interface is up" },
	{ "\"bridge\":\"b\",\"ipMasqBackend\":\"ebpf\",\"ipMasq\":true,\"ipam\":{\"type\":\"static\"}",
	  "", CNI_ERR_CONFIG, "unknown ipmasq backend \"ebpf\"" },
};

static void what_cannot_be_meant_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(refused); i++) {
		cleanup_netconf struct netconf netconf = { 0 };
		cleanup_ovs_conf struct ovs_conf conf = { 0 };
		cleanup_error struct cni_error err = { 0 };

		assert_true(read_conf(refused[i].keys, refused[i].args, &netconf, &conf, &err) < 0);
		expect_error(&err, refused[i].code, refused[i].msg);
	}
}

static void a_trunk_is_sorted_and_names_each_id_once(void **state)
{
	static const uint16_t expected[] = { 0, 10, 11, 12, 4095 };
	cleanup_netconf struct netconf netconf = { 0 };
	cleanup_ovs_conf struct ovs_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(
		read_conf(
			"\"bridge\":\"b\",\"vlan\":5,\"trunk\":[{\"id\":4095},{\"minID\":10,\"maxID\":12},"
			"{\"id\":11},{\"id\":0}]",
			"", &netconf, &conf, &err),
		0);
	assert_int_equal(conf.trunk.count, array_size(expected));
	assert_memory_equal(conf.trunk.ids, expected, sizeof(expected));
	assert_false(ovs_conf_is_access(&conf));
}

static void the_later_word_counts(void **state)
{
	static const uint8_t expected[] = { 2, 0, 0, 0, 0, 4 };
	cleanup_netconf struct netconf netconf = { 0 };
	cleanup_ovs_conf struct ovs_conf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(
		read_conf(
			"\"mac\":\"02:00:00:00:00:01\",\"args\":{\"cni\":{\"mac\":\"02:00:00:00:00:02\","
			"\"ovnPort\":\"low\"}},\"runtimeConfig\":{\"mac\":\"02:00:00:00:00:04\"}",
			"MAC=02:00:00:00:00:03;OvnPort=high;K8S_POD_UID=uid", &netconf, &conf,
			&err),
		0);
	assert_true(conf.mac.is_set);
	assert_memory_equal(conf.mac.mac, expected, sizeof(expected));
	assert_string_equal(conf.ovn_port, "high");
	assert_string_equal(conf.pod_uid, "uid");
	assert_string_equal(conf.bridge, "br-int");
}

static void the_wait_is_a_product_with_an_end(void **state)
{
	static const struct {
		int retries, interval, expected;
	} cases[] = {
		{ 0, 0, 3000 }, { 2, 0, 1200 }, { 0, 10, 50 }, { 2147483647, 2147483647, 120000 }
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		const struct ovs_conf conf = { .check_retries = cases[i].retries,
					       .check_interval_ms = cases[i].interval };

		assert_int_equal(ovs_conf_patience(&conf), cases[i].expected);
	}
}

/* ---- the file */

static int write_file(void **state)
{
	static char path[sizeof("/tmp/ovs-conf-XXXXXX")];
	int fd;

	strcpy(path, "/tmp/ovs-conf-XXXXXX"); /* fits */
	fd = mkstemp(path);

	*state = path;
	return fd < 0 || close(fd) < 0;
}

static int remove_file(void **state)
{
	return unlink(*state);
}

static void fill(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static const struct {
	const char *keys, *file;
	const char *bridge, *socket;
	int vlan, mtu;
	size_t trunk_count;
	bool isolated;
} merged[] = {
	/* What the network leaves out, or empty. */
	{ "\"bridge\":\"\",\"mtu\":0,\"trunk\":[]",
	  "{\"bridge\":\"f\",\"vlan\":7,\"mtu\":1300,\"socket_file\":\"unix:/s\",\"trunk\":[{\"id\":1}],"
	  "\"portIsolation\":true}",
	  "f", "/s", 7, 1300, 1, true },
	/* Its own words win; 0 is a VLAN. */
	{ "\"bridge\":\"b\",\"vlan\":0,\"mtu\":1400,\"socket_file\":\"/own\",\"trunk\":[{\"minID\":1,\"maxID\":2}]",
	  "{\"bridge\":\"f\",\"vlan\":7,\"mtu\":1300,\"socket_file\":\"unix:/s\",\"trunk\":[{\"id\":9}]}",
	  "b", "/own", 0, 1400, 2, false },
	/* Keys that are no keys of ours change nothing. */
	{ "\"bridge\":\"b\"", "{\"name\":\"other\",\"type\":\"x\",\"ipam\":{\"type\":\"y\"}}", "b",
	  "/var/run/openvswitch/db.sock", -1, 0, 0, false },
	{ "\"bridge\":\"b\"", "{}", "b", "/var/run/openvswitch/db.sock", -1, 0, 0, false },
};

static void the_file_fills_what_is_left_out(void **state)
{
	for (size_t i = 0; i < array_size(merged); i++) {
		cleanup_free char *keys = xasprintf("\"configuration_path\":\"%s\",%s",
						    (char *)*state, merged[i].keys);
		cleanup_netconf struct netconf netconf = { 0 };
		cleanup_ovs_conf struct ovs_conf conf = { 0 };
		cleanup_error struct cni_error err = { 0 };

		fill(*state, merged[i].file);
		assert_int_equal(read_conf(keys, "", &netconf, &conf, &err), 0);
		assert_string_equal(conf.bridge, merged[i].bridge);
		assert_string_equal(conf.socket_file, merged[i].socket);
		assert_int_equal(conf.vlan, merged[i].vlan);
		assert_int_equal(conf.mtu, merged[i].mtu);
		assert_int_equal(conf.trunk.count, merged[i].trunk_count);
		assert_int_equal(conf.isolated, merged[i].isolated);
	}
}

static const struct {
	const char *file;
	unsigned code;
	const char *msg; /* a part of it */
} broken[] = {
	{ "[]", CNI_ERR_CONFIG, " holds no object of keys" },
	{ "{\"bridge\":", CNI_ERR_CONFIG, "configuration file /tmp/ovs-conf-" },
	{ "{\"vlan\":4096}", CNI_ERR_CONFIG, "vlan: 4096 is above 4095" },
};

static void a_broken_file_is_named_and_hinders_no_removal(void **state)
{
	cleanup_free char *keys =
		xasprintf("\"configuration_path\":\"%s\",\"bridge\":\"b\",\"socket_file\":\"/own\"",
			  (char *)*state);

	for (size_t i = 0; i < array_size(broken); i++) {
		cleanup_netconf struct netconf netconf = { 0 };
		cleanup_ovs_conf struct ovs_conf conf = { 0 }, left = { 0 };
		cleanup_error struct cni_error err = { 0 };
		struct cni_call call;

		fill(*state, broken[i].file);
		assert_int_equal(parse(keys, "", &netconf, &call, &err), 0);
		assert_true(ovs_conf_read(&call, &conf, &err) < 0);
		assert_int_equal(err.code, broken[i].code);
		assert_non_null(strstr(err.msg, broken[i].msg));
		ovs_conf_read_socket(&call, &left);
		assert_string_equal(left.socket_file, "/own");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_meant_is_refused),
		cmocka_unit_test(a_trunk_is_sorted_and_names_each_id_once),
		cmocka_unit_test(the_later_word_counts),
		cmocka_unit_test(the_wait_is_a_product_with_an_end),
		cmocka_unit_test_setup_teardown(the_file_fills_what_is_left_out, write_file,
						remove_file),
		cmocka_unit_test_setup_teardown(a_broken_file_is_named_and_hinders_no_removal,
						write_file, remove_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
