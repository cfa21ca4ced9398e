/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types/netconf.h"

#include <errno.h>

#include "unit.h"

static int parse(const char *text, struct netconf *ret, struct cni_error *err)
{
	return netconf_parse(text, strlen(text), ret, err);
}

/* A configuration with all three steps done. */
static void make_netconf(const char *text, struct netconf *ret)
{
	struct cni_error err = { 0 };
	int r = parse(text, ret, &err);

	if (r == 0)
		r = netconf_read_version(ret, &err);
	if (r == 0)
		r = netconf_read(ret, &err);
	if (r < 0)
		fail_msg("%s: %s", text, err.msg);
}

static void what_is_no_json_is_refused_first(void **state)
{
	static const struct {
		const char *text;
		unsigned code;
		const char *msg;
	} rows[] = {
		{ "", 6, "error unmarshall network config: unexpected end of JSON input" },
		{ " \n", 6,
		  "error unmarshall network config: unexpected end of JSON input (line 2, column "
		  "1)" },
		{ "{}{}", 6,
		  "error unmarshall network config: invalid character '{' after "
		  "top-level value (line 1, column 3)" },
		{ "[]", 6,
		  "error unmarshall network config: json: cannot unmarshal array into Go "
		  "value of type object" },
		{ "{\"name\":5}", 6,
		  "error unmarshall network config: json: cannot unmarshal "
		  "number into Go struct field .name of type string" },
		{ "null", 7, "missing network name" },
		{ "{}", 7, "missing network name" },
		{ "{\"name\":null}", 7, "missing network name" },
		{ "{\"name\":\"\"}", 7, "missing network name" },
		{ "{\"name\":\"a b\"}", 7, "invalid characters found in network name" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_netconf struct netconf conf = { 0 };
		struct cni_error err = { 0 };

		assert_int_equal(parse(rows[i].text, &conf, &err), -EINVAL);
		expect_error(&err, rows[i].code, rows[i].msg);
		assert_null(conf.json);
	}
}

static void the_smallest_configuration_is_a_name(void **state)
{
	cleanup_netconf struct netconf conf = { 0 };

	(void)state;
	make_netconf("{\"Name\":\"n\"}\n", &conf);
	assert_string_equal(conf.name, "n");
	assert_string_equal(conf.version, "");
	assert_string_equal(conf.type, "");
	assert_string_equal(conf.ipam_type, "");
	assert_null(conf.ipam);
	assert_null(conf.dns);
	assert_null(conf.args_cni);
	assert_null(conf.runtime);
	assert_null(conf.prev_result);
	assert_null(conf.attachments);
	assert_false(conf.has_attachments);
}

static void shared_keys_are_found_in_any_case(void **state)
{
	cleanup_netconf struct netconf conf = { 0 };

	(void)state;
	make_netconf("{\"name\":\"n\",\"CNIVERSION\":\"1.0.0\",\"Type\":\"bridge\",\"IPAM\":"
		     "{\"TYPE\":\"host-local\"},\"dns\":{},\"args\":{\"cni\":{\"mac\":\"x\"}},"
		     "\"RuntimeConfig\":{\"mac\":\"y\"},\"capabilities\":{\"mac\":true,\"x\":null},"
		     "\"PREVRESULT\":{}}",
		     &conf);
	assert_string_equal(conf.version, "1.0.0");
	assert_string_equal(conf.type, "bridge");
	assert_string_equal(conf.ipam_type, "host-local");
	assert_non_null(json_get(conf.args_cni, "mac"));
	assert_non_null(json_get(conf.runtime, "mac"));
	assert_non_null(conf.ipam);
	assert_non_null(conf.dns);
	assert_non_null(conf.prev_result);
}

static void null_is_absence(void **state)
{
	cleanup_netconf struct netconf conf = { 0 };

	(void)state;
	make_netconf("{\"name\":\"n\",\"cniVersion\":null,\"type\":null,\"ipam\":null,\"dns\":null,"
		     "\"args\":null,\"runtimeConfig\":null,\"prevResult\":null,"
		     "\"capabilities\":null}",
		     &conf);
	assert_string_equal(conf.version, "");
	assert_null(conf.ipam);
	assert_null(conf.prev_result);
}

static void a_version_is_a_string(void **state)
{
	cleanup_netconf struct netconf conf = { 0 };
	struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(parse("{\"name\":\"n\",\"cniVersion\":1}", &conf, &err), 0);
	assert_int_equal(netconf_read_version(&conf, &err), -EINVAL);
	expect_error(&err, 6,
		     "decoding version from network config: json: cannot unmarshal number "
		     "into Go struct field .cniVersion of type string");
}

static void shared_keys_have_their_types(void **state)
{
	static const struct {
		const char *member, *msg;
	} rows[] = {
		{ "\"type\":1", "number 1 into field type of type string" },
		{ "\"ipam\":\"zzz\"", "string into field ipam of type object" },
		{ "\"ipam\":{\"type\":[]}", "array into field ipam.type of type string" },
		{ "\"dns\":[]", "array into field dns of type object" },
		{ "\"dns\":{\"search\":\"x\"}", "string into field dns.search of type array" },
		{ "\"dns\":{\"domain\":1}", "number 1 into field dns.domain of type string" },
		{ "\"capabilities\":[]", "array into field capabilities of type object" },
		{ "\"capabilities\":{\"mac\":\"true\"}",
		  "string into field capabilities.mac of type bool" },
		{ "\"prevResult\":[]", "array into field prevResult of type object" },
		{ "\"prevResult\":\"x\"", "string into field prevResult of type object" },
		{ "\"args\":[]", "array into field args of type object" },
		{ "\"args\":{\"cni\":1}", "number 1 into field args.cni of type object" },
		{ "\"runtimeConfig\":true", "bool into field runtimeConfig of type object" },
		{ "\"cni.dev/valid-attachments\":{}",
		  "object into field cni.dev/valid-attachments of type array" },
		{ "\"cni.dev/valid-attachments\":[{},5]",
		  "number 5 into field cni.dev/valid-attachments[1] of type object" },
		{ "\"cni.dev/attachments\":[{\"ifname\":5}]",
		  "number 5 into field cni.dev/attachments[0].ifname of type string" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_netconf struct netconf conf = { 0 };
		cleanup_text struct text text = { 0 }, msg = { 0 };
		struct cni_error err = { 0 };

		text_addf(&text, "{\"name\":\"n\",%s}", rows[i].member);
		text_addf(&msg, "json: cannot unmarshal %s", rows[i].msg);
		assert_int_equal(parse(text.s, &conf, &err), 0);
		assert_int_equal(netconf_read(&conf, &err), -EINVAL);
		expect_error(&err, 999, msg.s);
	}
}

static void a_lenient_reader_takes_what_it_cannot_read_for_absent(void **state)
{
	cleanup_netconf struct netconf conf = { 0 };
	struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(parse("{\"name\":\"n\",\"cniVersion\":1,\"type\":[],\"dns\":[],"
			       "\"ipam\":{\"type\":\"host-local\"},\"prevResult\":7,\"args\":"
			       "{\"cni\":7},\"runtimeConfig\":true,\"capabilities\":{\"x\":7}}",
			       &conf, &err),
			 0);
	conf.is_lenient = true;
	assert_int_equal(netconf_read_version(&conf, &err), 0);
	assert_int_equal(netconf_read(&conf, &err), 0);
	assert_false(cni_error_is_set(&err));
	assert_string_equal(conf.version, "");
	assert_string_equal(conf.type, "");
	assert_string_equal(conf.ipam_type, "host-local");
	assert_false(conf.has_unreadable_ipam);
	assert_null(conf.dns);
	assert_null(conf.prev_result);
	assert_null(conf.runtime);
	assert_null(conf.args_cni);
}

static void a_lenient_reader_notices_an_ipam_that_is_not_named(void **state)
{
	static const struct {
		const char *ipam;
		bool is_unreadable;
	} rows[] = {
		{ "null", false },
		{ "{}", false },
		{ "{\"type\":\"x\"}", false },
		{ "{\"type\":\"\"}", true },
		{ "{\"type\":null}", true },
		{ "{\"type\":7}", true },
		{ "{\"type\":\"a/b\"}", true },
		{ "{\"type\":\"..\"}", true },
		{ "{\"subnet\":\"10.0.0.0/8\"}", true },
		{ "\"host-local\"", true },
		{ "[]", true },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_netconf struct netconf conf = { 0 };
		cleanup_text struct text text = { 0 };

		text_addf(&text, "{\"name\":\"n\",\"ipam\":%s}", rows[i].ipam);
		assert_int_equal(parse(text.s, &conf, NULL), 0);
		conf.is_lenient = true;
		assert_int_equal(netconf_read(&conf, NULL), 0);
		assert_int_equal(conf.has_unreadable_ipam, rows[i].is_unreadable);
		assert_true(!rows[i].is_unreadable || !*conf.ipam_type);
	}
}

static void attachments_are_absent_or_none_or_a_list(void **state)
{
	static const struct {
		const char *members;
		bool is_there;
		int count; /* -1: no list */
	} rows[] = {
		{ "", false, -1 },
		{ ",\"cni.dev/valid-attachments\":null", true, -1 },
		{ ",\"cni.dev/attachments\":null", true, -1 },
		{ ",\"cni.dev/valid-attachments\":[]", true, 0 },
		{ ",\"cni.dev/valid-attachments\":[{\"containerID\":\"c\",\"ifname\":\"eth0\"}]",
		  true, 1 },
		{ ",\"cni.dev/attachments\":[{},{}]", true, 2 },
		{ ",\"cni.dev/attachments\":[{},{}],\"cni.dev/valid-attachments\":[{}]", true, 1 },
		{ ",\"cni.dev/attachments\":[{},{}],\"cni.dev/valid-attachments\":null", true, 2 },
		/* The exact spelling, wherever it stands; without one, any. */
		{ ",\"cni.dev/valid-attachments\":[{}],\"CNI.DEV/VALID-ATTACHMENTS\":[]", true, 1 },
		{ ",\"CNI.dev/valid-attachments\":[],\"cni.dev/valid-attachments\":[{}]", true, 1 },
		{ ",\"cni.dev/attachments\":[{}],\"CNI.dev/Attachments\":[]", true, 1 },
		{ ",\"cni.dev/attachments\":[{}],\"CNI.DEV/VALID-ATTACHMENTS\":[]", true, 1 },
		{ ",\"cni.dev/valid-attachments\":null,\"CNI.DEV/ATTACHMENTS\":[{},{}]", true, 2 },
		{ ",\"CNI.DEV/VALID-ATTACHMENTS\":[{}]", true, 1 },
		{ ",\"cni.dev/valid-attachments\":[{}],\"CNI.DEV/VALID-ATTACHMENTS\":7", true, 1 },
		{ ",\"cni.dev/valid-attachments\":[{\"ifname\":\"a\",\"IFNAME\":7}]", true, 1 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_netconf struct netconf conf = { 0 };
		cleanup_text struct text text = { 0 };

		text_addf(&text, "{\"name\":\"n\"%s}", rows[i].members);
		make_netconf(text.s, &conf);
		assert_int_equal(conf.has_attachments, rows[i].is_there);
		assert_int_equal(conf.attachments ? cJSON_GetArraySize(conf.attachments) : -1,
				 rows[i].count);
	}
}

static int read_prev(const char *version, const char *prev, struct result *ret,
		     struct cni_error *err)
{
	cleanup_netconf struct netconf conf = { 0 };
	cleanup_text struct text text = { 0 };

	text_addf(&text, "{\"name\":\"n\",\"cniVersion\":%s,\"prevResult\":%s}", version, prev);
	make_netconf(text.s, &conf);
	return netconf_prev_result(&conf, ret, err);
}

static void a_previous_result_is_read_in_its_own_version(void **state)
{
	static const struct {
		const char *version, *prev;
		int r;
		size_t ips;
	} rows[] = {
		{ "\"1.0.0\"", "null", 0, 0 },
		{ "\"1.0.0\"", "{}", 1, 0 },
		{ "\"1.0.0\"", "{\"cniVersion\":\"1.1.0\",\"ips\":[{\"address\":\"::1/8\"}]}", 1,
		  1 },
		{ "\"0.4.0\"", "{\"ips\":[{\"address\":\"::1/8\"}]}", 1, 1 },
		{ "\"0.4.0\"", "{\"cniVersion\":\"0.3.0\",\"ips\":[{\"address\":\"::1/8\"}]}", 1,
		  1 },
		{ "\"0.4.0\"", "{\"ip4\":{\"ip\":\"10.0.0.1/8\"}}", 1, 0 },
		{ "null", "{\"ip4\":{\"ip\":\"10.0.0.1/8\"}}", 1, 1 },
		{ "\"0.2.0\"", "{\"cniVersion\":\"\",\"ip4\":{\"ip\":\"10.0.0.1/8\"}}", 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_result struct result result = { 0 };

		assert_int_equal(read_prev(rows[i].version, rows[i].prev, &result, NULL),
				 rows[i].r);
		assert_int_equal(result.ip_count, rows[i].ips);
	}
}

static void other_previous_results_are_refused(void **state)
{
	static const struct {
		const char *version, *prev, *msg;
	} rows[] = {
		{ "\"1.0.0\"", "{\"cniVersion\":\"0.4.0\"}",
		  "result type supports [1.0.0 1.1.0] but unmarshalled CNIVersion is \"0.4.0\"" },
		{ "\"1.0.0\"", "{\"cniVersion\":\"\"}",
		  "result type supports [1.0.0 1.1.0] but unmarshalled CNIVersion is \"\"" },
		{ "\"0.3.1\"", "{\"cniVersion\":\"1.0.0\"}",
		  "result type supports [0.3.0 0.3.1 0.4.0] but unmarshalled CNIVersion is "
		  "\"1.0.0\"" },
		{ "\"\"", "{\"cniVersion\":\"9.0.0\"}",
		  "result type supports [ 0.1.0 0.2.0] but unmarshalled CNIVersion is \"9.0.0\"" },
		{ "\"9.0.0\"", "{}", "unsupported CNI result version \"9.0.0\"" },
		{ "\"1.0.0\"", "{\"cniVersion\":5}",
		  "json: cannot unmarshal number 5 into field cniVersion of type string" },
		{ "\"1.0.0\"", "{\"ips\":[{}]}", "ips[0].address: invalid CIDR address: " },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_text struct text msg = { 0 };
		struct result result = { 0 };
		struct cni_error err = { 0 };

		text_addf(&msg, "could not parse prevResult: %s", rows[i].msg);
		assert_int_equal(read_prev(rows[i].version, rows[i].prev, &result, &err), -EINVAL);
		expect_error(&err, 999, msg.s);
	}
}

static void configured_dns_replaces_the_other_as_a_whole(void **state)
{
	static const struct {
		const char *dns;
		bool replaces;
	} rows[] = {
		{ "null", false },
		{ "{}", false },
		{ "{\"x\":1}", false },
		{ "{\"domain\":\"\",\"search\":null}", false },
		{ "{\"domain\":\"d\"}", true },
		{ "{\"nameservers\":[]}", true },
		{ "{\"search\":[\"a\"]}", true },
		{ "{\"OPTIONS\":[]}", true },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_with(dns_release) struct dns dns = { 0 };
		cleanup_netconf struct netconf conf = { 0 };
		cleanup_text struct text text = { 0 };

		text_addf(&text, "{\"name\":\"n\",\"dns\":%s}", rows[i].dns);
		make_netconf(text.s, &conf);
		strings_add(&dns.nameservers, "10.0.0.53");
		assert_int_equal(netconf_has_dns(&conf), rows[i].replaces);
		assert_int_equal(netconf_override_dns(&conf, &dns, NULL), 0);
		assert_int_equal(dns.nameservers.count, rows[i].replaces ? 0 : 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_json_is_refused_first),
		cmocka_unit_test(the_smallest_configuration_is_a_name),
		cmocka_unit_test(shared_keys_are_found_in_any_case),
		cmocka_unit_test(null_is_absence),
		cmocka_unit_test(a_version_is_a_string),
		cmocka_unit_test(shared_keys_have_their_types),
		cmocka_unit_test(a_lenient_reader_takes_what_it_cannot_read_for_absent),
		cmocka_unit_test(a_lenient_reader_notices_an_ipam_that_is_not_named),
		cmocka_unit_test(attachments_are_absent_or_none_or_a_list),
		cmocka_unit_test(a_previous_result_is_read_in_its_own_version),
		cmocka_unit_test(other_previous_results_are_refused),
		cmocka_unit_test(configured_dns_replaces_the_other_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
