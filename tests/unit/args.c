/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types/args.h"

#include <errno.h>

#include "unit.h"

/* What a plugin that knows IP and MAC makes of it: the value of IP, or NULL. */
static char *parse_ip(const char *text)
{
	struct args_key keys[] = { { .key = "IP" }, { .key = "MAC" } };
	cleanup_error struct cni_error err = { 0 };
	int r = args_parse(text, keys, array_size(keys), &err);

	free(keys[1].value);
	if (r < 0)
		fail_msg("%s: %s", text, err.msg);
	return keys[0].value;
}

static void no_text_is_fine(void **state)
{
	(void)state;
	assert_null(parse_ip(NULL));
	assert_null(parse_ip(""));
}

static void known_keys_get_their_values(void **state)
{
	struct args_key keys[] = { { .key = "IP" }, { .key = "MAC" }, { .key = "GATEWAY" } };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(args_parse("MAC=02:00:00:00:00:01;IP=10.7.0.77", keys, 3, &err), 0);
	assert_string_equal(keys[0].value, "10.7.0.77");
	assert_string_equal(keys[1].value, "02:00:00:00:00:01");
	assert_null(keys[2].value);
	free(keys[0].value);
	free(keys[1].value);
}

static void values_are_taken_as_they_are(void **state)
{
	static const struct {
		const char *text, *ip;
	} rows[] = {
		{ "IP=10.7.0.77", "10.7.0.77" },
		{ "IP=", "" },
		{ "IP=1;IP=2", "2" },
		{ "IP=1;IgnoreUnknown=0;MAC=x", "1" },
		{ "IgnoreUnknown=1;FOO=BAR;IP= 1 ", " 1 " },
		{ "FOO=BAR;IP=1;IgnoreUnknown=TRUE", "1" },
		{ "IgnoreUnknown=true;K8S_POD_NAME=x;IP=1", "1" },
		{ "IgnoreUnknown=0;IgnoreUnknown=1;FOO=BAR;IP=1", "1" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_free char *ip = parse_ip(rows[i].text);

		assert_string_equal(ip, rows[i].ip);
	}
}

static void other_texts_are_refused(void **state)
{
	static const struct {
		const char *text, *msg;
	} rows[] = {
		{ ";", "ARGS: invalid pair \"\"" },
		{ "IP=10.7.0.77;", "ARGS: invalid pair \"\"" },
		{ "IP", "ARGS: invalid pair \"IP\"" },
		{ "IP=a=b", "ARGS: invalid pair \"IP=a=b\"" },
		{ "IgnoreUnknown=1;IP=a=b", "ARGS: invalid pair \"IP=a=b\"" },
		{ "say \"x\"\n\\\x01", "ARGS: invalid pair \"say \\\"x\\\"\\n\\\\\\x01\"" },
		{ "FOO=BAR", "ARGS: unknown args [\"FOO=BAR\"]" },
		{ "FOO=BAR;IP=1;ABC=1", "ARGS: unknown args [\"FOO=BAR\" \"ABC=1\"]" },
		{ "FOO=BAR;IgnoreUnknown=false", "ARGS: unknown args [\"FOO=BAR\"]" },
		{ "ip=10.7.0.77", "ARGS: unknown args [\"ip=10.7.0.77\"]" },
		{ "=x", "ARGS: unknown args [\"=x\"]" },
		{ "ignoreunknown=1;FOO=BAR",
		  "ARGS: unknown args [\"ignoreunknown=1\" \"FOO=BAR\"]" },
		{ " IgnoreUnknown=1", "ARGS: unknown args [\" IgnoreUnknown=1\"]" },
		{ "IgnoreUnknown=yes", "ARGS: error parsing value of pair \"IgnoreUnknown=yes\": "
				       "boolean unmarshal error: invalid input yes" },
		{ "IgnoreUnknown=1;IgnoreUnknown=",
		  "ARGS: error parsing value of pair \"IgnoreUnknown=\": "
		  "boolean unmarshal error: invalid input " },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct args_key key = { .key = "IP" };
		struct cni_error err = { 0 };

		assert_int_equal(args_parse(rows[i].text, &key, 1, &err), -EINVAL);
		expect_error(&err, 999, rows[i].msg);
		assert_null(key.value);
	}
}

static void every_order_of_a_runtimes_keys_is_accepted(void **state)
{
	static const char *const pairs[] = {
		"IgnoreUnknown=1",
		"K8S_POD_NAMESPACE=ns",
		"K8S_POD_NAME=pod",
		"IP=10.0.0.9",
	};

	(void)state;
	for (int i = 0; i < 4 * 4 * 4; i++) {
		int a = i & 3, b = i >> 2 & 3, c = i >> 4 & 3;
		cleanup_text struct text text = { 0 };
		cleanup_free char *ip = NULL;

		if (a == b || b == c || a == c)
			continue;
		text_addf(&text, "%s;%s;%s;%s", pairs[a], pairs[b], pairs[c], pairs[6 - a - b - c]);
		ip = parse_ip(text.s);
		assert_string_equal(ip, "10.0.0.9");
	}
}

static void a_value_that_does_not_fit_is_quoted_with_its_key(void **state)
{
	cleanup_free char *value = strdup("zzz");
	const struct args_key key = { .key = "IP", .value = value };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(args_fail(&err, &key, "invalid IP address zzz"), -EINVAL);
	expect_error(&err, 999,
		     "ARGS: error parsing value of pair \"IP=zzz\": "
		     "invalid IP address zzz");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_text_is_fine),
		cmocka_unit_test(known_keys_get_their_values),
		cmocka_unit_test(values_are_taken_as_they_are),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(every_order_of_a_runtimes_keys_is_accepted),
		cmocka_unit_test(a_value_that_does_not_fit_is_quoted_with_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
