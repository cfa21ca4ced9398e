/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "unit.h"

struct sample {
	const char *name;
	bool is_on;
	int count;
	int any;
	long rate;
	const cJSON *object, *list, *strings;
};

static const struct conf_key keys[] = {
	CONF_STRING(struct sample, name, "name", "default"),
	CONF_BOOL(struct sample, is_on, "isOn", true),
	CONF_INT(struct sample, count, "count", 7, 0, 100),
	CONF_INT(struct sample, any, "any", -1, 1, 0),
	CONF_LONG(struct sample, rate, "rate", 3, 0, LONG_MAX),
	CONF_OBJECT(struct sample, object, "object"),
	CONF_LIST(struct sample, list, "list"),
	CONF_STRINGS(struct sample, strings, "strings"),
};

static int read_sample(const cJSON *json, const char *where, struct sample *ret,
		       struct cni_error *err)
{
	return conf_read(json, keys, array_size(keys), where, ret, err);
}

static void expect_defaults(const cJSON *json)
{
	struct sample sample = { .object = json, .list = json, .strings = json };

	assert_int_equal(read_sample(json, "", &sample, NULL), 0);
	assert_string_equal(sample.name, "default");
	assert_true(sample.is_on);
	assert_int_equal(sample.count, 7);
	assert_int_equal(sample.any, -1);
	assert_true(sample.rate == 3);
	assert_null(sample.object);
	assert_null(sample.list);
	assert_null(sample.strings);
}

static void absent_and_null_keys_get_the_default(void **state)
{
	static const char *const texts[] = {
		"{}",
		"null",
		"{\"unknown\":5}",
		"{\"name\":null,\"isOn\":null,\"count\":null,\"object\":null,\"list\":null}",
		"{\"any\":null,\"strings\":null}",
	};

	(void)state;
	expect_defaults(NULL);
	for (size_t i = 0; i < array_size(texts); i++) {
		cleanup_json cJSON *json = parse_json(texts[i]);

		expect_defaults(json);
	}
}

static void given_keys_are_read_in_any_case(void **state)
{
	cleanup_json cJSON *json = parse_json(
		"{\"NAME\":\"x\",\"ison\":false,\"Count\":100,\"any\":-2147483648,\"RATE\":9223372036854775807,"
		"\"object\":{\"k\":1},\"LIST\":[1,\"x\"],\"strings\":[\"a\",null]}");
	struct sample sample;

	(void)state;
	assert_int_equal(read_sample(json, "", &sample, NULL), 0);
	assert_string_equal(sample.name, "x");
	assert_false(sample.is_on);
	assert_int_equal(sample.count, 100);
	assert_int_equal(sample.any, INT32_MIN);
	assert_true(sample.rate == LONG_MAX);
	assert_true(cJSON_IsObject(sample.object));
	assert_int_equal(cJSON_GetArraySize(sample.list), 2);
	assert_int_equal(cJSON_GetArraySize(sample.strings), 2);
}

static void wrong_types_are_refused_by_path(void **state)
{
	static const struct {
		const char *text, *where, *msg;
	} rows[] = {
		{ "[]", "", "json: cannot unmarshal array into a value of type object" },
		{ "\"x\"", "ipam", "json: cannot unmarshal string into field ipam of type object" },
		{ "{\"name\":5}", "",
		  "json: cannot unmarshal number 5 into field name of type string" },
		{ "{\"Name\":[]}", "ipam",
		  "json: cannot unmarshal array into field ipam.name of type string" },
		{ "{\"isOn\":\"true\"}", "x[2]",
		  "json: cannot unmarshal string into field x[2].isOn of type bool" },
		{ "{\"count\":1.0}", "",
		  "json: cannot unmarshal number 1.0 into field count of type int" },
		{ "{\"count\":\"1\"}", "",
		  "json: cannot unmarshal string into field count of type int" },
		{ "{\"any\":99999999999999999999}", "",
		  "json: cannot unmarshal number 99999999999999999999 into field any of type int" },
		{ "{\"rate\":9223372036854775808}", "",
		  "json: cannot unmarshal number 9223372036854775808 into field rate of type int64" },
		{ "{\"object\":[]}", "",
		  "json: cannot unmarshal array into field object of type object" },
		{ "{\"list\":{}}", "",
		  "json: cannot unmarshal object into field list of type array" },
		{ "{\"strings\":\"a\"}", "",
		  "json: cannot unmarshal string into field strings of type array" },
		{ "{\"strings\":[\"a\",null,true]}", "dns",
		  "json: cannot unmarshal bool into field dns.strings[2] of type string" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_json cJSON *json = parse_json(rows[i].text);
		struct cni_error err = { 0 };
		struct sample sample;

		assert_int_equal(read_sample(json, rows[i].where, &sample, &err), -EINVAL);
		expect_error(&err, 999, rows[i].msg);
	}
}

static void numbers_out_of_range_are_refused_with_the_limit(void **state)
{
	static const struct {
		const char *text, *where, *msg;
	} rows[] = {
		{ "{\"count\":101}", "", "count: 101 is above 100" },
		{ "{\"count\":-1}", "vlanTrunk[0]", "vlanTrunk[0].count: -1 is below 0" },
		{ "{\"any\":2147483648}", "", "any: 2147483648 is above 2147483647" },
		{ "{\"rate\":-9223372036854775807}", "", "rate: -9223372036854775807 is below 0" },
		{ "{\"any\":-2147483649}", "", "any: -2147483649 is below -2147483648" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_json cJSON *json = parse_json(rows[i].text);
		struct cni_error err = { 0 };
		struct sample sample;

		assert_int_equal(read_sample(json, rows[i].where, &sample, &err), -EINVAL);
		expect_error(&err, 7, rows[i].msg);
	}
}

static void nothing_is_written_when_one_key_is_wrong(void **state)
{
	cleanup_json cJSON *json = parse_json("{\"name\":\"x\",\"count\":5,\"strings\":[1]}");
	struct sample sample = { .name = "before", .count = 1 };

	(void)state;
	assert_int_equal(read_sample(json, "", &sample, NULL), -EINVAL);
	assert_string_equal(sample.name, "before");
	assert_int_equal(sample.count, 1);
}

static void members_outside_the_table_stay(void **state)
{
	cleanup_json cJSON *json = parse_json("{\"name\":\"x\",\"count\":5}");
	struct sample sample = { .name = "before", .count = 1 };

	(void)state;
	assert_int_equal(conf_read(json, keys, 1, "", &sample, NULL), 0);
	assert_string_equal(sample.name, "x");
	assert_int_equal(sample.count, 1);
}

static void a_lenient_reading_keeps_what_fits(void **state)
{
	cleanup_json cJSON *json = parse_json("{\"name\":7,\"isOn\":\"x\",\"count\":101,\"any\":5,"
					      "\"object\":[],\"list\":[7],\"strings\":[7]}");
	cleanup_json cJSON *no_object = parse_json("[]");
	struct sample sample;

	(void)state;
	conf_read_lenient(json, keys, array_size(keys), "", &sample);
	assert_string_equal(sample.name, "default");
	assert_true(sample.is_on);
	assert_int_equal(sample.count, 7);
	assert_int_equal(sample.any, 5);
	assert_null(sample.object);
	assert_non_null(sample.list);
	assert_null(sample.strings);
	conf_read_lenient(no_object, keys, array_size(keys), "", &sample);
	assert_int_equal(sample.any, -1);
	assert_true(sample.rate == 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_and_null_keys_get_the_default),
		cmocka_unit_test(given_keys_are_read_in_any_case),
		cmocka_unit_test(wrong_types_are_refused_by_path),
		cmocka_unit_test(numbers_out_of_range_are_refused_with_the_limit),
		cmocka_unit_test(nothing_is_written_when_one_key_is_wrong),
		cmocka_unit_test(members_outside_the_table_stay),
		cmocka_unit_test(a_lenient_reading_keeps_what_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
