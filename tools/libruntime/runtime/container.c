/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How CNI_ARGS are taken apart, and how a container without a name is called. */
#include "runtime/container.h"

#include <string.h>

#include "base/alloc.h"
#include "base/sha512.h"

enum { ID_DIGITS = 20 };

void container_args_add(struct container_args *args, const char *key, const char *value)
{
	args->items = xgrow(args->items, args->count, sizeof(*args->items));
	args->items[args->count++] = (struct container_arg){ xstrdup(key), xstrdup(value) };
}

int container_args_parse(const char *text, struct container_args *ret, struct cni_error *err)
{
	cleanup_container_args struct container_args args = { 0 };

	for (const char *end = text; *text && end; text = end + 1) {
		cleanup_free char *pair = NULL;
		char *value;

		end = strchr(text, ';');
		pair = end ? xstrndup(text, (size_t)(end - text)) : xstrdup(text);
		value = strchr(pair, '=');
		if (!value || value == pair || !value[1] || strchr(value + 1, '='))
			return cni_fail(err, CNI_ERR_INTERNAL, 0, "invalid CNI_ARGS pair \"%s\"",
					pair);
		*value = '\0';
		container_args_add(&args, pair, value + 1);
		if (end && !end[1])
			return cni_fail(err, CNI_ERR_INTERNAL, 0, "invalid CNI_ARGS pair \"\"");
		if (!end)
			break;
	}
	*ret = args;
	args = (struct container_args){ 0 };
	return 0;
}

char *container_args_print(const struct container_args *args_or_null)
{
	cleanup_text struct text text = { 0 };

	for (size_t i = 0; args_or_null && i < args_or_null->count; i++)
		text_addf(&text, "%s%s=%s", i > 0 ? ";" : "", args_or_null->items[i].key,
			  args_or_null->items[i].value);
	return xstrdup(text.s ? text.s : "");
}

void container_args_release(struct container_args *args)
{
	for (size_t i = 0; i < args->count; i++) {
		free(args->items[i].key);
		free(args->items[i].value);
	}
	free(args->items);
	*args = (struct container_args){ 0 };
}

char *container_id_of(const char *netns)
{
	char digits[ID_DIGITS + 1];

	sha512_hex(netns, ID_DIGITS, digits);
	return xasprintf("cnitool-%s", digits);
}
