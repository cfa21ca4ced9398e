/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types/result.h"

#include <errno.h>

#include "types/version.h"
#include "unit.h"

/* Everything a result can hold, in each of the three shapes. */
static const char full_1_0[] =
	"{\"cniVersion\":\"1.1.0\",\"dns\":{\"domain\":\"d.example\",\"nameservers\":[\"10.7.0."
	"53\"],"
	"\"options\":[\"ndots:2\"],\"search\":[\"a\",\"b\"]},\"interfaces\":[{\"mac\":\"02:00:00:"
	"00:"
	"00:01\",\"mtu\":1400,\"name\":\"veth0\",\"pciID\":\"0000:04:00.5\",\"sandbox\":\"/run/"
	"netns"
	"/blue\",\"socketPath\":\"/run/x.sock\"},{\"name\":\"\"}],\"ips\":[{\"address\":"
	"\"10.7.0.6/24\",\"gateway\":\"10.7.0.1\",\"interface\":0},{\"address\":\"fd00::6/64\","
	"\"interface\":-1},{\"address\":\"10.8.0.6/24\"}],\"routes\":[{\"advmss\":1300,\"dst\":"
	"\"0.0.0.0/0\",\"gw\":\"10.7.0.1\",\"mtu\":1350,\"priority\":-5,\"scope\":0,\"table\":0},"
	"{\"dst\":\"::/0\"},{\"dst\":\"10.9.0.5/8\",\"scope\":253,\"table\":100}]}";

static const char full_0_3[] =
	"{\"cniVersion\":\"0.3.1\",\"interfaces\":[{\"name\":\"veth0\",\"mac\":\"02:00:00:00:00:"
	"01\","
	"\"sandbox\":\"/run/netns/"
	"blue\"},{\"name\":\"\"}],\"ips\":[{\"version\":\"4\",\"interface\":"
	"0,\"address\":\"10.7.0.6/"
	"24\",\"gateway\":\"10.7.0.1\"},{\"version\":\"6\",\"interface\":-1,"
	"\"address\":\"fd00::6/64\"},{\"version\":\"4\",\"address\":\"10.8.0.6/24\"}],\"routes\":"
	"[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.7.0.1\",\"mtu\":1350,\"advmss\":1300,\"priority\":-5,"
	"\"table\":0,\"scope\":0},{\"dst\":\"::/0\"},{\"dst\":\"10.9.0.5/"
	"8\",\"table\":100,\"scope\":"
	"253}],\"dns\":{\"nameservers\":[\"10.7.0.53\"],\"domain\":\"d.example\",\"search\":[\"a\","
	"\"b\"],\"options\":[\"ndots:2\"]}}";

static const char full_0_1[] =
	"{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.7.0.6/"
	"24\",\"gateway\":\"10.7.0.1\",\"routes\""
	":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.7.0.1\"},{\"dst\":\"10.9.0.5/8\"}]},\"ip6\":{\"ip\":"
	"\"fd00::6/64\",\"routes\":[{\"dst\":\"::/0\"}]},\"dns\":{\"nameservers\":[\"10.7.0.53\"],"
	"\"domain\":\"d.example\",\"search\":[\"a\",\"b\"],\"options\":[\"ndots:2\"]}}";

static void make_result(const char *text, const char *version, struct result *ret)
{
	cleanup_json cJSON *json = parse_json(text);
	struct cni_error err = { 0 };

	if (result_parse(json, version, ret, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
}

/* What is read as `version` and written as `as_version`, without blanks. */
static void expect_converted(const char *text, const char *version, const char *as_version,
			     const char *expected)
{
	cleanup_result struct result result = { 0 };
	cleanup_text struct text printed = { 0 };
	cleanup_text struct text compact = { 0 };
	struct json_writer w = { .out = &compact, .compact = true };
	cleanup_json cJSON *json = NULL;

	make_result(text, version, &result);
	assert_int_equal(result_print(&result, as_version, &printed, NULL), 0);
	json = parse_json(printed.s);
	json_value(&w, NULL, json);
	assert_string_equal(compact.s, expected);
}

static void a_result_is_printed_with_four_blanks_and_no_newline(void **state)
{
	cleanup_result struct result result = { 0 };
	cleanup_text struct text printed = { 0 };

	(void)state;
	make_result("{\"ips\":[{\"address\":\"10.7.0.6/24\",\"interface\":1}]}", "1.0.0", &result);
	assert_int_equal(result_print(&result, "0.4.0", &printed, NULL), 0);
	assert_string_equal(printed.s, "{\n"
				       "    \"cniVersion\": \"0.4.0\",\n"
				       "    \"ips\": [\n"
				       "        {\n"
				       "            \"version\": \"4\",\n"
				       "            \"interface\": 1,\n"
				       "            \"address\": \"10.7.0.6/24\"\n"
				       "        }\n"
				       "    ],\n"
				       "    \"dns\": {}\n"
				       "}");
}

static void the_same_version_comes_back_unchanged(void **state)
{
	(void)state;
	expect_converted(full_1_0, "1.1.0", "1.1.0", full_1_0);
	expect_converted(full_0_3, "0.3.1", "0.3.1", full_0_3);
	expect_converted(full_0_1, "0.2.0", "0.2.0", full_0_1);
}

static void versions_from_0_3_drop_interface_keys_but_no_route_keys(void **state)
{
	(void)state;
	expect_converted(full_1_0, "1.0.0", "0.3.1", full_0_3);
}

static void versions_before_0_3_keep_one_address_a_family(void **state)
{
	(void)state;
	expect_converted(full_1_0, "1.1.0", "0.2.0", full_0_1);
	expect_converted(full_0_3, "0.4.0", "0.2.0", full_0_1);
}

static void routes_without_an_address_of_their_family_are_dropped(void **state)
{
	(void)state;
	expect_converted("{\"ips\":[{\"address\":\"fd00::6/64\"}],\"routes\":[{\"dst\":"
			 "\"0.0.0.0/0\"}]}",
			 "1.0.0", "",
			 "{\"cniVersion\":\"0.1.0\",\"ip6\":{\"ip\":\"fd00::6/64\"},"
			 "\"dns\":{}}");
}

static void old_results_become_one_address_a_family(void **state)
{
	(void)state;
	expect_converted("{\"ip6\":{\"ip\":\"fd00::6/64\",\"gateway\":\"\"},\"ip4\":{\"ip\":"
			 "\"10.7.0.6/24\",\"gateway\":\"10.7.0.1\",\"routes\":[{\"dst\":"
			 "\"0.0.0.0/0\",\"mtu\":1350}]}}",
			 "", "1.0.0",
			 "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.7.0.6/24\","
			 "\"gateway\":\"10.7.0.1\"},{\"address\":\"fd00::6/64\"}],\"routes\":"
			 "[{\"dst\":\"0.0.0.0/0\",\"mtu\":1350}]}");
}

static void only_versions_from_1_0_know_more_of_an_interface(void **state)
{
	static const char text[] = "{\"interfaces\":[{\"name\":\"a\",\"mtu\":5,\"pciID\":\"p\"}]}";

	(void)state;
	expect_converted(text, "0.4.0", "1.1.0",
			 "{\"cniVersion\":\"1.1.0\",\"interfaces\":[{\"name\":\"a\"}]}");
	expect_converted(text, "1.0.0", "1.0.0",
			 "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"mtu\":5,\"name\":\"a\","
			 "\"pciID\":\"p\"}]}");
}

static void empty_results_are_printed_by_shape(void **state)
{
	(void)state;
	expect_converted("{}", "1.1.0", "1.1.0", "{\"cniVersion\":\"1.1.0\"}");
	expect_converted("null", "1.1.0", "1.1.0", "{\"cniVersion\":\"1.1.0\"}");
	expect_converted("{\"dns\":{},\"ips\":null,\"routes\":[]}", "0.3.0", "0.3.0",
			 "{\"cniVersion\":\"0.3.0\",\"dns\":{}}");
	expect_converted("{}", "0.1.0", "1.0.0", "{\"cniVersion\":\"1.0.0\"}");
}

static void unknown_keys_are_dropped_and_known_ones_match_in_any_case(void **state)
{
	(void)state;
	expect_converted("{\"x\":1,\"IPS\":[{\"Address\":\"10.0.0.1/8\",\"y\":2}],\"interfaces\":"
			 "[{\"NAME\":\"a\",\"z\":[]}]}",
			 "1.0.0", "1.0.0",
			 "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"a\"}],\"ips\":"
			 "[{\"address\":\"10.0.0.1/8\"}]}");
}

static void addresses_are_printed_in_their_usual_form(void **state)
{
	(void)state;
	expect_converted("{\"ips\":[{\"address\":\"FD00:0::6/64\",\"gateway\":\"FD00:0::1\"},"
			 "{\"address\":\"::ffff:10.0.0.5/120\"}]}",
			 "0.4.0", "0.4.0",
			 "{\"cniVersion\":\"0.4.0\",\"ips\":[{\"version\":\"6\",\"address\":"
			 "\"fd00::6/64\",\"gateway\":\"fd00::1\"},{\"version\":\"4\",\"address\":"
			 "\"10.0.0.5/24\"}],\"dns\":{}}");
}

static void wrong_values_are_refused_by_path(void **state)
{
	static const struct {
		const char *version, *text, *msg;
	} rows[] = {
		{ "9.0.0", "{}", "unsupported CNI result version \"9.0.0\"" },
		{ "1.0.0", "[]", "json: cannot unmarshal array into a value of type object" },
		{ "1.0.0", "{\"ips\":{}}",
		  "json: cannot unmarshal object into field ips of type array" },
		{ "1.0.0", "{\"ips\":[1]}",
		  "json: cannot unmarshal number 1 into field ips[0] of type object" },
		{ "1.0.0", "{\"ips\":[{}]}", "ips[0].address: invalid CIDR address: " },
		{ "0.3.0", "{\"ips\":[{\"address\":\"10.0.0.1/8\"},{\"address\":\"10.0.0.1\"}]}",
		  "ips[1].address: invalid CIDR address: 10.0.0.1" },
		{ "1.0.0", "{\"ips\":[{\"address\":\"10.0.0.1/8\",\"gateway\":\"x\"}]}",
		  "ips[0].gateway: invalid IP address: x" },
		{ "1.0.0", "{\"ips\":[{\"address\":\"10.0.0.1/8\",\"interface\":1.5}]}",
		  "json: cannot unmarshal number 1.5 into field ips[0].interface of type int" },
		{ "1.0.0", "{\"routes\":[{\"dst\":\"default\"}]}",
		  "routes[0].dst: invalid CIDR address: default" },
		{ "1.0.0", "{\"routes\":[{\"dst\":\"::/0\",\"gw\":\"010.0.0.1\"}]}",
		  "routes[0].gw: invalid IP address: 010.0.0.1" },
		{ "1.0.0", "{\"interfaces\":[{\"name\":1}]}",
		  "json: cannot unmarshal number 1 into field interfaces[0].name of type string" },
		{ "1.0.0", "{\"dns\":{\"search\":[1]}}",
		  "json: cannot unmarshal number 1 into field dns.search[0] of type string" },
		{ "0.4.0", "{\"dns\":[]}",
		  "json: cannot unmarshal array into field dns of type object" },
		{ "0.2.0", "{\"ip4\":{\"ip\":\"x\"}}", "ip4.ip: invalid CIDR address: x" },
		{ "", "{\"ip6\":{\"ip\":\"::1/64\",\"gateway\":\"y\"}}",
		  "ip6.gateway: invalid IP address: y" },
		{ "0.1.0", "{\"ip6\":{\"ip\":\"::1/64\",\"routes\":[{\"dst\":\"::\"}]}}",
		  "ip6.routes[0].dst: invalid CIDR address: ::" },
		{ "0.1.0", "{\"ip4\":[]}",
		  "json: cannot unmarshal array into field ip4 of type object" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_json cJSON *json = parse_json(rows[i].text);
		struct result result = { .ip_count = 99 };
		struct cni_error err = { 0 };

		assert_int_equal(result_parse(json, rows[i].version, &result, &err), -EINVAL);
		expect_error(&err, 999, rows[i].msg);
		assert_int_equal(result.ip_count, 99);
	}
}

static void versions_before_0_3_need_an_address(void **state)
{
	static const char msg[] = "cannot convert: no valid IP addresses";
	cleanup_result struct result result = { 0 };
	cleanup_text struct text out = { 0 };
	struct cni_error err = { 0 };

	(void)state;
	(void)result_add_interface(&result, "eth0", NULL, NULL);
	assert_int_equal(result_print(&result, "0.2.0", &out, &err), -EINVAL);
	expect_error(&err, 999, msg);
	assert_int_equal(result_fits_version(&result, "", &err), -EINVAL);
	expect_error(&err, 999, msg);
	assert_int_equal(out.len, 0);
	assert_int_equal(result_fits_version(&result, "0.3.0", &err), 0);
	result_add_ip(&result)->address.addr.family = AF_INET;
	assert_int_equal(result_fits_version(&result, "0.1.0", &err), 0);
}

static void nobody_prints_an_unknown_version(void **state)
{
	const struct result result = { 0 };
	cleanup_text struct text out = { 0 };
	struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(result_print(&result, "9.0.0", &out, &err), -EINVAL);
	expect_error(&err, 999, "no converter for CNI result version 1.1.0 to 9.0.0");
	assert_int_equal(out.len, 0);
}

static void only_old_versions_limit_addresses_a_family(void **state)
{
	struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(result_check_families(1, 1, "0.2.0", &err), 0);
	assert_int_equal(result_check_families(2, 9, "0.3.0", &err), 0);
	assert_int_equal(result_check_families(2, 0, "0.2.0", &err), -EINVAL);
	expect_error(&err, 999,
		     "CNI version 0.2.0 does not support more than 1 address per family");
	assert_int_equal(result_check_families(1, 2, "", &err), -EINVAL);
	expect_error(&err, 999,
		     "CNI version 0.1.0 does not support more than 1 address per family");
}

static void routes_can_be_read_on_their_own(void **state)
{
	cleanup_json cJSON *good = parse_json("[{\"dst\":\"::/0\"},{\"dst\":\"10.0.0.0/8\"}]");
	cleanup_json cJSON *bad = parse_json("[{\"dst\":\"::/0\",\"table\":\"x\"}]");
	cleanup_result struct result result = { 0 };
	struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(routes_parse(NULL, "ipam.routes", &result, &err), 0);
	assert_int_equal(routes_parse(good, "ipam.routes", &result, &err), 0);
	assert_int_equal(result.route_count, 2);
	assert_false(result.routes[0].has_table);
	assert_int_equal(routes_parse(bad, "ipam.routes", &result, &err), -EINVAL);
	expect_error(&err, 999,
		     "json: cannot unmarshal string into field ipam.routes[0].table "
		     "of type int");
	assert_int_equal(routes_parse(good->child, "ipam.routes", &result, &err), -EINVAL);
	expect_error(&err, 999,
		     "json: cannot unmarshal object into field ipam.routes of type array");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_result_is_printed_with_four_blanks_and_no_newline),
		cmocka_unit_test(the_same_version_comes_back_unchanged),
		cmocka_unit_test(versions_from_0_3_drop_interface_keys_but_no_route_keys),
		cmocka_unit_test(versions_before_0_3_keep_one_address_a_family),
		cmocka_unit_test(routes_without_an_address_of_their_family_are_dropped),
		cmocka_unit_test(old_results_become_one_address_a_family),
		cmocka_unit_test(only_versions_from_1_0_know_more_of_an_interface),
		cmocka_unit_test(empty_results_are_printed_by_shape),
		cmocka_unit_test(unknown_keys_are_dropped_and_known_ones_match_in_any_case),
		cmocka_unit_test(addresses_are_printed_in_their_usual_form),
		cmocka_unit_test(wrong_values_are_refused_by_path),
		cmocka_unit_test(versions_before_0_3_need_an_address),
		cmocka_unit_test(nobody_prints_an_unknown_version),
		cmocka_unit_test(only_old_versions_limit_addresses_a_family),
		cmocka_unit_test(routes_can_be_read_on_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
