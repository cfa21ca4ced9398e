/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A result of any version, printed in any version, reads and prints as the same again. */
#include <assert.h>
#include <stdint.h>

#include "types/json.h"
#include "types/result.h"
#include "types/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(const char *text, size_t size, const char *version, struct result *ret)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	int r = json_parse(text, size, &json, &why);

	assert((r < 0) == !!why);
	if (r == 0)
		r = result_parse(json, version, ret, &err);
	assert(why || (r < 0) == cni_error_is_set(&err));
	return r;
}

static void check_printed(const struct result *result, const char *version)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_text struct text first = { 0 };
	cleanup_text struct text second = { 0 };
	cleanup_result struct result again = { 0 };

	if (result_print(result, version, &first, &err) < 0) {
		assert(version_shape(version) == SHAPE_0_1 && result->ip_count == 0);
		assert(first.len == 0 && err.code == CNI_ERR_INTERNAL);
		return;
	}
	assert(parse(first.s, first.len, version, &again) == 0);
	assert(result_print(&again, version, &second, &err) == 0);
	assert(text_equal(first.s, second.s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_result struct result result = { 0 };
	const char *version;

	if (size == 0)
		return 0;
	version = version_list[data[0] % 7];
	if (parse((const char *)data + 1, size - 1, version, &result) < 0)
		return 0;
	for (const char *const *listed = version_list; *listed; listed++)
		check_printed(&result, *listed);
	return 0;
}
