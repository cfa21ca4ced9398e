/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/list.h"

#include "runtime/request.h"

#include "unit.h"

static int parse(const char *text, struct network_list *ret, struct cni_error *err)
{
	return list_parse(text, strlen(text), ret, err);
}

static void expect_refused(const char *text, const char *msg)
{
	cleanup_list struct network_list list = { 0 };
	cleanup_error struct cni_error err = { 0 };

	assert_true(parse(text, &list, &err) < 0);
	expect_error(&err, 999, msg);
}

static void a_list_has_a_name_a_version_and_plugins(void **state)
{
	static const char text[] = "{\"name\":\"n\",\"cniVersion\":\"1.0.0\",\"plugins\":"
				   "[{\"type\":\"a\",\"name\":\"own\"},{\"TYPE\":\"b\"}]}";
	cleanup_list struct network_list list = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(parse(text, &list, &err), 0);
	assert_string_equal(list.name, "n");
	assert_string_equal(list.version, "1.0.0");
	assert_int_equal(list.plugin_count, 2);
	assert_string_equal(list.plugins[0].name, "own");
	assert_string_equal(list.plugins[1].type, "b");
	assert_string_equal(list.bytes.s, text);
}

static void what_is_wrong_is_said_in_the_reference_s_words(void **state)
{
#define LIST "error parsing configuration list: "
	(void)state;
	expect_refused("", LIST "unexpected end of JSON input");
	expect_refused("[]", LIST "json: cannot unmarshal array into Go value of type "
				  "map[string]interface {}");
	expect_refused("{\"name\":\"n\",\"plugins\":[{\"type\":\"a\",\"x\":[{\"y\":-1e999}]}]}",
		       LIST "json: cannot unmarshal number -1e999 into Go value of type float64");
	expect_refused("{}", LIST "no name");
	expect_refused("null", LIST "no name");
	expect_refused("{\"Name\":\"n\"}", LIST "no name");
	expect_refused("{\"name\":1}", LIST "invalid name type float64");
	expect_refused("{\"name\":null}", LIST "invalid name type <nil>");
	expect_refused("{\"name\":\"n\",\"cniVersion\":[]}",
		       LIST "invalid cniVersion type []interface {}");
	expect_refused("{\"name\":\"n\",\"plugins\":{}}",
		       LIST "invalid 'plugins' type map[string]interface {}");
	expect_refused("{\"name\":\"n\",\"plugins\":[]}", LIST "no plugins in list");
	expect_refused("{\"name\":\"n\",\"plugins\":[{}]}",
		       "failed to parse plugin config 0: error parsing configuration: missing "
		       "'type'");
	expect_refused("{\"name\":\"n\",\"disableCheck\":1}",
		       LIST "invalid type float64 for disableCheck");
	expect_refused("{\"name\":\"n\",\"disableGC\":\"yes\"}",
		       LIST "invalid value \"yes\" for disableGC");
	expect_refused("{\"name\":\"n\",\"loadOnlyInlinedPlugins\":true}",
		       LIST "`loadOnlyInlinedPlugins` is true, and no 'plugins' key");
	expect_refused("{\"name\":\"n\",\"cniVersions\":[1]}",
		       LIST "invalid type for cniVersions index 0: float64");
#undef LIST
}

static void switches_are_booleans_or_their_words(void **state)
{
	cleanup_list struct network_list list = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(parse("{\"name\":\"n\",\"disableCheck\":\"TRUE\",\"disableGC\":true,"
			       "\"loadOnlyInlinedPlugins\":\"False\"}",
			       &list, &err),
			 0);
	assert_true(list.disable_check && list.disable_gc && !list.only_inlined);
	assert_int_equal(list.plugin_count, 0);
}

static void the_highest_version_that_we_speak_is_chosen(void **state)
{
	static const struct {
		const char *versions, *version, *chosen;
	} cases[] = {
		{ "[\"0.4.0\",\"1.0.0\",\"0.3.1\"]", "", "1.0.0" },
		{ "[\"0.4.0\",\"9.0.0\"]", "1.1.0", "1.1.0" },
		{ "[\"9.0.0\"]", "8.0.0", "8.0.0" },
		{ "[]", "", "" },
		{ "[\"1.0.0\"]", "0.4.0", "1.0.0" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		cleanup_list struct network_list list = { 0 };
		cleanup_error struct cni_error err = { 0 };
		cleanup_text struct text text = { 0 };

		text_addf(&text, "{\"name\":\"n\",\"cniVersion\":\"%s\",\"cniVersions\":%s}",
			  cases[i].version, cases[i].versions);
		assert_int_equal(parse(text.s, &list, &err), 0);
		assert_string_equal(list.version, cases[i].chosen);
	}
}

static void a_single_configuration_becomes_a_list(void **state)
{
	static const char text[] =
		"{ \"name\": \"n\", \"type\": \"t\", \"cniVersion\": \"0.3.1\", \"b\": 1.0 }";
	cleanup_list struct network_list list = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(list_parse_single(text, strlen(text), &list, &err), 0);
	assert_string_equal(list.version, "0.3.1");
	assert_string_equal(list.bytes.s,
			    "{\"cniVersion\":\"0.3.1\",\"name\":\"n\",\"plugins\":"
			    "[{\"b\":1,\"cniVersion\":\"0.3.1\",\"name\":\"n\",\"type\":\"t\"}]}");
}

static void a_request_has_what_the_runtime_sets(void **state)
{
	static const char text[] = "{\"name\":\"n\",\"cniVersion\":\"1.0.0\",\"plugins\":[{"
				   "\"type\":\"t\",\"name\":\"x\","
				   "\"capabilities\":{\"mac\":true,\"ips\":false}}]}";
	cleanup_json cJSON *capabilities = parse_json("{\"mac\":\"m\",\"ips\":[],\"other\":1}");
	const struct container container = {
		.id = "c", .netns = "", .ifname = "eth0", .capabilities = capabilities
	};
	cleanup_list struct network_list list = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_text struct text out = { 0 };
	struct request request = { .list = &list,
				   .container_or_null = &container,
				   .previous_or_null = "{\"b\":1,\"a\":2}" };

	(void)state;
	assert_int_equal(parse(text, &list, &err), 0);
	request.plugin = &list.plugins[0];
	assert_int_equal(request_print(&request, &out, &err), 0);
	assert_string_equal(out.s, "{\"capabilities\":{\"ips\":false,\"mac\":true},\"cniVersion\":"
				   "\"1.0.0\",\"name\":\"n\","
				   "\"prevResult\":{\"a\":2,\"b\":1},\"runtimeConfig\":{\"mac\":"
				   "\"m\"},\"type\":\"t\"}");
}

static void gc_tells_no_list_from_an_empty_one(void **state)
{
	cleanup_list struct network_list list = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_text struct text out = { 0 };
	cleanup_json cJSON *empty = parse_json("[]");
	struct request request = { .list = &list, .has_valid = true };

	(void)state;
	assert_int_equal(parse("{\"name\":\"n\",\"plugins\":[{\"type\":\"t\"}]}", &list, &err), 0);
	request.plugin = &list.plugins[0];
	assert_int_equal(request_print(&request, &out, &err), 0);
	assert_string_equal(out.s, "{\"cni.dev/attachments\":null,\"cni.dev/"
				   "valid-attachments\":null,\"cniVersion\":\"\","
				   "\"name\":\"n\",\"type\":\"t\"}");
	request.valid = empty;
	text_release(&out);
	out = (struct text){ 0 };
	assert_int_equal(request_print(&request, &out, &err), 0);
	assert_string_equal(out.s, "{\"cni.dev/attachments\":[],\"cni.dev/"
				   "valid-attachments\":[],\"cniVersion\":\"\","
				   "\"name\":\"n\",\"type\":\"t\"}");
}

static void what_a_list_or_a_plugin_of_it_may_not_be_is_refused(void **state)
{
	static const char *const cases[][2] = {
		{ "{\"name\":\"n\",\"cniVersions\":7}", "error parsing configuration list: invalid "
							"type for cniVersions: []interface {}" },
		{ "{\"name\":\"n\",\"cniVersions\":[7]}",
		  "error parsing configuration list: invalid type for cniVersions index 0: "
		  "float64" },
		{ "{\"name\":\"n\",\"plugins\":[7]}",
		  "failed to parse plugin config 0: error parsing configuration: json: cannot "
		  "unmarshal number" },
		{ "{\"name\":\"n\",\"plugins\":[{\"type\":7}]}",
		  "failed to parse plugin config 0: error parsing configuration: json: cannot "
		  "unmarshal a type that is no string" },
		{ "{\"name\":\"n\",\"plugins\":[{\"type\":\"t\",\"name\":7}]}",
		  "failed to parse plugin config 0: error parsing configuration: json: cannot "
		  "unmarshal a name that is no string" },
		{ "{\"name\":\"n\",\"plugins\":[{\"type\":\"\"}]}",
		  "failed to parse plugin config 0: error parsing configuration: missing 'type'" },
		{ "{\"name\":\"n\",\"plugins\":[{\"type\":\"t\",\"capabilities\":7}]}",
		  "failed to parse plugin config 0: error parsing configuration: json: cannot "
		  "unmarshal number into capabilities" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++)
		expect_refused(cases[i][0], cases[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_has_a_name_a_version_and_plugins),
		cmocka_unit_test(what_is_wrong_is_said_in_the_reference_s_words),
		cmocka_unit_test(switches_are_booleans_or_their_words),
		cmocka_unit_test(the_highest_version_that_we_speak_is_chosen),
		cmocka_unit_test(a_single_configuration_becomes_a_list),
		cmocka_unit_test(a_request_has_what_the_runtime_sets),
		cmocka_unit_test(gc_tells_no_list_from_an_empty_one),
		cmocka_unit_test(what_a_list_or_a_plugin_of_it_may_not_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
