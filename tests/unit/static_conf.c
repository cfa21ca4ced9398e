/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What static refuses, in the words that scripts compare. */
#include "ipam/static/static_conf.h"

#include "base/alloc.h"
#include "unit.h"

static int read_conf(const char *keys, const char *args, struct result *ret, struct cni_error *err)
{
	cleanup_free char *text =
		xasprintf("{\"cniVersion\":\"0.2.0\",\"name\":\"n\",\"type\":\"static\",%s}", keys);
	cleanup_netconf struct netconf netconf = { 0 };
	struct cni_call call = { .args = args };

	assert_int_equal(netconf_parse(text, strlen(text), &netconf, err), 0);
	assert_int_equal(netconf_read_version(&netconf, err), 0);
	assert_int_equal(netconf_read(&netconf, err), 0);
	call.conf = netconf;
	return static_conf_read(&call, ret, err);
}

static const struct {
	const char *keys, *args, *msg;
} refused[] = {
	{ "\"mtu\":1", "", "IPAM config missing 'ipam' key" },
	{ "\"ipam\":{\"addresses\":7}", "", "ipam.addresses must be a list, not number" },
	{ "\"ipam\":{\"addresses\":[{\"address\":\"x\"}]}", "",
	  "the 'address' field is expected to be in CIDR notation, got: 'x'" },
	{ "\"ipam\":{\"addresses\":[{\"address\":\"10.0.0.1/8\",\"gateway\":7}]}", "",
	  "ipam.addresses: gateway must be a string" },
	{ "\"ipam\":{\"addresses\":[{\"address\":\"10.0.0.1/8\",\"gateway\":\"x\"}]}", "",
	  "invalid IP address: x" },
	{ "\"ipam\":{\"addresses\":[{\"address\":\"10.0.0.1/8\"},{\"address\":\"10.0.0.2/8\"}]}",
	  "", "CNI version 0.2.0 does not support more than 1 address per family" },
	{ "\"ipam\":{\"type\":\"static\"}", "IP=x",
	  "the 'ip' field is expected to be in CIDR notation, got: 'x'" },
	{ "\"ipam\":{\"type\":\"static\"}", "IP=10.0.0.1/8;GATEWAY=x",
	  "invalid gateway address: x" },
	{ "\"ipam\":{\"type\":\"static\"},\"runtimeConfig\":{\"ips\":7}", "",
	  "ips must be a list, not number" },
	{ "\"ipam\":{\"type\":\"static\"},\"args\":{\"cni\":{\"ips\":[\"10.0.0.1\"]}}", "",
	  "an entry in the 'ips' field is NOT in CIDR notation, got: '10.0.0.1'" },
};

static void what_cannot_be_meant_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(refused); i++) {
		cleanup_result struct result result = { 0 };
		cleanup_error struct cni_error err = { 0 };

		assert_true(read_conf(refused[i].keys, refused[i].args, &result, &err) < 0);
		expect_error(&err, CNI_ERR_INTERNAL, refused[i].msg);
	}
}

static void expect_address(const char *keys, const char *args, const char *expected)
{
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error err = { 0 };
	char text[PREFIX_TEXT];

	assert_int_equal(read_conf(keys, args, &result, &err), 0);
	assert_int_equal(result.ip_count, 1);
	assert_string_equal(prefix_print(&result.ips[0].address, text), expected);
}

static void later_sources_replace_earlier_ones(void **state)
{
	static const char all[] = "\"ipam\":{\"addresses\":[{\"address\":\"10.0.0.1/8\"}]},"
				  "\"args\":{\"cni\":{\"ips\":[\"10.0.0.3/8\"]}},"
				  "\"runtimeConfig\":{\"ips\":[\"10.0.0.4/8\"]}";

	(void)state;
	expect_address("\"ipam\":{\"addresses\":[]}", "IP= 10.0.0.2/8 ", "10.0.0.2/8");
	expect_address(all, "IP=10.0.0.2/8", "10.0.0.4/8");
}

/* As configurations look that went through Go code. */
static void the_exact_spelling_of_address_counts(void **state)
{
	(void)state;
	expect_address("\"ipam\":{\"addresses\":[{\"address\":\"10.0.0.1/8\",\"Address\":{}}]}", "",
		       "10.0.0.1/8");
	expect_address("\"ipam\":{\"addresses\":[{\"Address\":\"10.0.0.1/8\"}]}", "", "10.0.0.1/8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_meant_is_refused),
		cmocka_unit_test(later_sources_replace_earlier_ones),
		cmocka_unit_test(the_exact_spelling_of_address_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
