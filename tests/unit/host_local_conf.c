/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../ipam/host-local/host_local_conf.h"

#include "types/json.h"
#include "unit.h"

/*
 * The start of a configuration up to the end of `ipam`, which closes the object; the caller closes
 * the whole.
 */
#define CONF(version, ipam)                                                                        \
	"{\"cniVersion\":\"" version "\",\"name\":\"n\",\"ipam\":{\"type\":\"host-local\"" ipam

struct read {
	struct cni_call call;
	struct host_local_conf conf;
	struct cni_error err;
	int r;
};

static void read_release(struct read *read)
{
	host_local_conf_release(&read->conf);
	netconf_release(&read->call.conf);
	cni_error_release(&read->err);
}

static void read_conf(const char *text, const char *args, struct read *ret)
{
	*ret = (struct read){ .call.args = args };
	ret->r = netconf_parse(text, strlen(text), &ret->call.conf, &ret->err);
	if (ret->r == 0)
		ret->r = netconf_read_version(&ret->call.conf, &ret->err);
	if (ret->r == 0)
		ret->r = netconf_read(&ret->call.conf, &ret->err);
	if (ret->r == 0)
		ret->r = host_local_conf_read(&ret->call, &ret->conf, &ret->err);
}

/* "10.1.2.1-10.1.2.254|2001:db8::1-…" */
static void expect_sets(const struct read *read, const char *expected)
{
	cleanup_text struct text text = { 0 };

	if (read->r < 0)
		fail_msg("%s", read->err.msg);
	for (size_t i = 0; i < read->conf.pool.count; i++) {
		text_add(&text, i ? "|" : "");
		range_set_print(&read->conf.pool.sets[i], &text);
	}
	assert_string_equal(text.s, expected);
}

static void expect_requested(const struct read *read, const char *expected)
{
	cleanup_text struct text text = { 0 };
	char buffer[ADDR_TEXT];

	if (read->r < 0)
		fail_msg("%s", read->err.msg);
	for (size_t i = 0; i < read->conf.requested_count; i++)
		text_addf(&text, "%s%s", i ? " " : "",
			  addr_print(&read->conf.requested[i], buffer));
	assert_string_equal(text.s ? text.s : "", expected);
}

static void all_sources_of_ranges_are_put_in_order(void **state)
{
	static const struct {
		const char *conf, *sets;
	} rows[] = {
		{ CONF("0.3.1", ",\"subnet\":\"10.1.2.0/24\",\"rangeStart\":\"10.1.2.9\","
				"\"rangeEnd\":\"10.1.2.20\",\"gateway\":\"10.1.2.30\"}"),
		  "10.1.2.9-10.1.2.20" },
		{ CONF("0.3.1", ",\"ranges\":[[{\"subnet\":\"10.1.2.0/24\"},{\"subnet\":"
				"\"10.1.4.0/24\"}],[{\"subnet\":\"10.1.5.0/24\"}]]}"),
		  "10.1.2.1-10.1.2.254,10.1.4.1-10.1.4.254|10.1.5.1-10.1.5.254" },
		{ CONF("0.3.1", ",\"subnet\":\"10.1.2.0/24\",\"ranges\":[[{\"subnet\":"
				"\"11.1.2.0/24\"}]]},\"runtimeConfig\":{\"ipRanges\":[[{\"subnet\":"
				"\"12.1.3.0/24\"}]]}"),
		  "12.1.3.1-12.1.3.254|10.1.2.1-10.1.2.254|11.1.2.1-11.1.2.254" },
		{ CONF("0.3.1", ",\"rangeStart\":\"10.1.2.9\",\"ranges\":[[{\"SUBNET\":"
				"\"10.1.2.0/24\"}]]}"),
		  "10.1.2.1-10.1.2.254" },
		{ CONF("0.2.0", ",\"ranges\":[[{\"subnet\":\"10.1.2.0/24\"}],[{\"subnet\":"
				"\"2001:db8:1::/120\"}]]}"),
		  "10.1.2.1-10.1.2.254|2001:db8:1::1-2001:db8:1::ff" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_text struct text whole = { 0 };
		cleanup_with(read_release) struct read read;

		text_addf(&whole, "%s}", rows[i].conf);
		read_conf(whole.s, "", &read);
		expect_sets(&read, rows[i].sets);
	}
}

#define NET10 ",\"ranges\":[[{\"subnet\":\"10.1.2.0/24\"}]]}"

static void all_sources_of_requests_count(void **state)
{
	static const struct {
		const char *conf, *args, *requested;
	} rows[] = {
		{ CONF("0.3.1", NET10), "", "" },
		{ CONF("0.3.1", NET10), "IP=", "" },
		{ CONF("0.3.1", NET10), "IP=10.1.2.10", "10.1.2.10" },
		{ CONF("0.3.1", NET10), "IP=10.1.2.10/24", "10.1.2.10" },
		{ CONF("0.3.1",
		       NET10 ",\"args\":{\"cni\":{\"ips\":[\"10.1.2.11\",\"10.1.2.12/8\"]}}"),
		  "IP=10.1.2.10", "10.1.2.10 10.1.2.11 10.1.2.12" },
		{ CONF("0.3.1", NET10 ",\"args\":{\"cni\":{\"ips\":[\"10.1.2.11\"]}},"
				      "\"runtimeConfig\":{\"ips\":[\"10.1.2.11\",null,"
				      "\"2001:db8::5/64\"]}"),
		  "IgnoreUnknown=1;K8S_POD_NAME=x", "10.1.2.11 2001:db8::5" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_text struct text whole = { 0 };
		cleanup_with(read_release) struct read read;

		text_addf(&whole, "%s}", rows[i].conf);
		read_conf(whole.s, rows[i].args, &read);
		expect_requested(&read, rows[i].requested);
	}
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *conf, *args;
		unsigned code;
		const char *message;
	} rows[] = {
		{ "{\"name\":\"n\"", "", CNI_ERR_CONFIG, "IPAM config missing 'ipam' key" },
		{ "{\"name\":\"n\",\"ipam\":null", "", CNI_ERR_CONFIG,
		  "IPAM config missing 'ipam' key" },
		{ CONF("1.0.0", "}"), "", CNI_ERR_CONFIG, "no IP ranges specified" },
		{ CONF("1.0.0", ",\"ranges\":[[]]}"), "", CNI_ERR_CONFIG,
		  "invalid range set 0: empty range set" },
		{ CONF("1.0.0", ",\"ranges\":[[{}]]}"), "", CNI_ERR_CONFIG,
		  "invalid range set 0: IP <nil> not v4 nor v6" },
		{ CONF("1.0.0", ",\"ranges\":[[{\"subnet\":\"10.1.2\"}]]}"), "", CNI_ERR_CONFIG,
		  "ipam.ranges[0][0].subnet: invalid CIDR address: 10.1.2" },
		{ CONF("1.0.0", ",\"ranges\":[[{\"subnet\":\"::ffff:10.0.0.0/120\"}]]}"), "",
		  CNI_ERR_CONFIG, "invalid range set 0: address and mask family mismatch" },
		{ CONF("1.0.0", ",\"ranges\":[{}]}"), "", CNI_ERR_INTERNAL,
		  "json: cannot unmarshal object into field ipam.ranges[0] of type array" },
		{ CONF("0.2.0", ",\"ranges\":[[{\"subnet\":\"10.1.2.0/24\"}],[{\"subnet\":"
				"\"10.1.3.0/24\"}]]}"),
		  "", CNI_ERR_INTERNAL,
		  "CNI version 0.2.0 does not support more than 1 address per family" },
		{ CONF("1.0.0", ",\"ranges\":[[{\"subnet\":\"10.1.2.0/24\"}],[{\"subnet\":"
				"\"10.1.2.0/28\"}]]}"),
		  "", CNI_ERR_CONFIG, "range set 0 overlaps with 1" },
		{ CONF("1.0.0", NET10), "IP=zzz", CNI_ERR_INTERNAL,
		  "ARGS: error parsing value of pair \"IP=zzz\": invalid IP address zzz" },
		{ CONF("1.0.0", NET10), "K8S_POD_NAME=x", CNI_ERR_INTERNAL,
		  "ARGS: unknown args [\"K8S_POD_NAME=x\"]" },
		{ CONF("1.0.0", ",\"lockSeconds\":0,\"subnet\":\"10.1.2.0/24\"}"), "",
		  CNI_ERR_CONFIG, "ipam.lockSeconds: 0 is below 1" },
		{ CONF("1.0.0", ",\"subnet\":\"10.1.2.0/24\",\"exclude\":[\"x\"]}"), "",
		  CNI_ERR_CONFIG, "ipam.exclude: invalid CIDR address: x" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_text struct text whole = { 0 };
		cleanup_with(read_release) struct read read;

		text_addf(&whole, "%s}", rows[i].conf);
		read_conf(whole.s, rows[i].args, &read);
		assert_true(read.r < 0);
		assert_string_equal(read.err.msg, rows[i].message);
		assert_int_equal(read.err.code, rows[i].code);
	}
}

static void defaults_are_those_of_the_readme(void **state)
{
	cleanup_with(read_release) struct read read;

	(void)state;
	read_conf(CONF("1.0.0", ",\"dataDir\":\"\",\"subnet\":\"10.1.2.0/24\"}") "}", "", &read);
	assert_int_equal(read.r, 0);
	assert_string_equal(read.conf.leases.data_dir, "/var/lib/cni/networks");
	assert_string_equal(read.conf.resolv_conf, "");
	assert_true(read.conf.leases.reclaim);
	assert_false(read.conf.leases.sticky);
	assert_int_equal(read.conf.leases.cooldown_seconds, 0);
	assert_int_equal(read.conf.leases.sticky_seconds, 600);
	assert_int_equal(read.conf.leases.lock_seconds, 30);
	assert_null(read.conf.pod);
}

static void sticky_addresses_know_the_pod(void **state)
{
	cleanup_with(read_release) struct read read;

	(void)state;
	read_conf(CONF("1.0.0", ",\"sticky\":true,\"subnet\":\"10.1.2.0/24\"}") "}",
		  "K8S_POD_NAME=web-0;IgnoreUnknown=1;K8S_POD_NAMESPACE=shop", &read);
	assert_int_equal(read.r, 0);
	assert_string_equal(read.conf.pod, "shop/web-0");
}

static void a_del_needs_no_ranges(void **state)
{
	static const char *const rows[] = {
		"{\"name\":\"n\"}",
		CONF("1.0.0", "}") "}",
		CONF("1.0.0", ",\"ranges\":\"x\",\"lockSeconds\":\"x\"}") "}",
		CONF("1.0.0", ",\"subnet\":\"10.1.2.7/24\",\"routes\":7}") "}",
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_with(read_release) struct read read;
		struct lease_conf leases;

		read_conf(rows[i], "", &read);
		assert_true(read.r < 0);
		assert_int_equal(lease_conf_read(&read.call.conf, &leases, NULL), 0);
		assert_string_equal(leases.data_dir, "/var/lib/cni/networks");
		assert_int_equal(leases.lock_seconds, 30);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_sources_of_ranges_are_put_in_order),
		cmocka_unit_test(all_sources_of_requests_count),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(defaults_are_those_of_the_readme),
		cmocka_unit_test(sticky_addresses_know_the_pod),
		cmocka_unit_test(a_del_needs_no_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
