/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an IPAM plugin may print: a result that the caller can print again, or an error object that
 * is passed on. The first byte of the input says how the plugin ended, a second text behind a NUL
 * is what it wrote to stderr.
 */
#include <assert.h>
#include <stdint.h>

#include "libcni/plugin/delegate.c" /* NOLINT(bugprone-suspicious-include): its static functions */
#include "libcni/plugin/ipam.c"	    /* NOLINT(bugprone-suspicious-include): its static functions */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever a delegate prints, it cannot make us print anything but JSON. */
static void check_words(const char *words)
{
	cleanup_text struct text text = { 0 };
	struct json_writer w = { .out = &text, .compact = true };
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;

	json_string(&w, NULL, words);
	assert(json_parse(text.s, text.len, &json, &why) == 0);
}

static void read_error(uint8_t ending, const struct text *output, const struct text *errors)
{
	const struct spawned child = {
		.output = *output,
		.errors = *errors,
		.signal = ending % 2 ? ending / 2 % 64 : 0,
		.exit_status = ending / 2,
	};
	cleanup_error struct cni_error err = { 0 };

	assert(pass_on_error(&child, &err) < 0 && cni_error_is_set(&err));
	check_words(err.msg);
	check_words(err.details ? err.details : "");
}

static void check_result(const struct result *result)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_text struct text first = { 0 };
	cleanup_text struct text second = { 0 };
	cleanup_result struct result again = { 0 };
	struct cni_call call = { .conf.version = "1.1.0" };

	assert(result->ip_count > 0);
	assert(result_print(result, "1.1.0", &first, &err) == 0);
	assert(parse_answer(&call, &first, &again, &err) == 0);
	assert(result_print(&again, "1.1.0", &second, &err) == 0);
	assert(text_equal(first.s, second.s));
}

static void read_answer(const struct text *output, const char *version)
{
	struct cni_call call = { .conf.version = version };
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error err = { 0 };
	int r = parse_answer(&call, output, &result, &err);

	assert((r < 0) == cni_error_is_set(&err));
	if (r == 0)
		check_result(&result);
	else
		check_words(err.msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const versions[] = {
		"0.1.0", "0.2.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"
	};
	cleanup_text struct text output = { 0 };
	cleanup_text struct text errors = { 0 };
	const uint8_t *end;

	if (size < 1)
		return 0;
	end = memchr(data + 1, '\0', size - 1);
	if (!end)
		end = data + size;
	text_add_bytes(&output, data + 1, (size_t)(end - data - 1));
	if (end < data + size)
		text_add_bytes(&errors, end + 1, (size_t)(data + size - end - 1));
	read_error(data[0], &output, &errors);
	read_answer(&output, versions[data[0] % array_size(versions)]);
	return 0;
}
