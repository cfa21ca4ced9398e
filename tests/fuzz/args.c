/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A value that was taken can be given again; a refusal has a reason and takes nothing. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "types/args.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct args_key *key)
{
	cleanup_free char *text = xasprintf("%s=%s", key->key, key->value);
	cleanup_error struct cni_error err = { 0 };
	struct args_key again = { .key = key->key };

	assert(!strpbrk(key->value, ";="));
	assert(args_parse(text, &again, 1, &err) == 0);
	assert(strcmp(again.value, key->value) == 0);
	free(again.value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct args_key keys[] = { { .key = "IP" }, { .key = "MAC" } };
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *text = xmalloc(size + 1);
	int r;

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	r = args_parse(text, keys, array_size(keys), &err);
	assert((r < 0) == cni_error_is_set(&err));
	assert(r == 0 || (err.code == CNI_ERR_INTERNAL && text_starts_with(err.msg, "ARGS: ")));
	for (size_t i = 0; i < array_size(keys); i++) {
		assert(r == 0 || !keys[i].value);
		if (keys[i].value)
			check_again(&keys[i]);
		free(keys[i].value);
	}
	return 0;
}
