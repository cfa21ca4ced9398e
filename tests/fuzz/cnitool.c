/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What cnitool reads of its surroundings. The first byte of the input says what the rest is:
 * CAP_ARGS, CNI_ARGS, published ports, a path, or a file of the cache.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "runtime/canon.h"
#include "tools/cnitool/publish.h"
#include "tools/cnitool/target.h"
#include "tools/libruntime/runtime/cache.c" /* NOLINT(bugprone-suspicious-include): its static functions */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const cJSON *json)
{
	cleanup_text struct text text = { 0 };
	struct json_writer w = { .out = &text, .compact = true };

	canon_value(&w, NULL, json);
	return xstrdup(text.s);
}

/* Printed in the canonical form it reads as the same. */
static void check_json(const cJSON *json)
{
	cleanup_free char *first = print(json);
	cleanup_free char *second = NULL;
	cleanup_free char *why = NULL;
	cleanup_json cJSON *again = NULL;

	assert(canon_parse(first, strlen(first), &again, &why) == 0);
	second = print(again);
	assert(text_equal(first, second));
}

static void try_capabilities(const char *text)
{
	cleanup_target struct target target = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *variable = xasprintf("CAP_ARGS=%s", text);
	int r;

	assert(putenv(variable) == 0); /* setenv() would keep every value for ever */
	r = target_read_environment(&target, &err);
	assert(unsetenv("CAP_ARGS") == 0);
	assert((r < 0) == cni_error_is_set(&err));
	if (target.capabilities)
		check_json(target.capabilities);
}

/* Pairs that were taken make the same text again. */
static void try_args(const char *text)
{
	cleanup_container_args struct container_args args = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *printed = NULL;
	int r = container_args_parse(text, &args, &err);

	assert((r < 0) == cni_error_is_set(&err));
	printed = container_args_print(&args);
	assert(r < 0 ? args.count == 0 : text_equal(printed, text));
}

static void try_publish(const char *text)
{
	cleanup_json cJSON *list = NULL;
	cleanup_error struct cni_error err = { 0 };
	int r = publish_parse(text, &list, &err);

	assert((r < 0) == cni_error_is_set(&err) && (r < 0) == !list);
	if (list)
		check_json(list);
}

static void try_path(const char *text)
{
	cleanup_free char *path = path_absolute(text);
	cleanup_free char *again = path_absolute(path);

	assert(*path == '/' && text_equal(path, again));
	assert(!strstr(path, "//") && !strstr(path, "/./") && !strstr(path, "/../"));
}

static void check_cached(const struct cached *a, const struct cached *b)
{
	cleanup_free char *args_a = container_args_print(&a->args);
	cleanup_free char *args_b = container_args_print(&b->args);

	assert(text_equal(a->network, b->network) && text_equal(a->ifname, b->ifname));
	assert(text_equal(a->container_id, b->container_id) && text_equal(a->netns, b->netns));
	assert(a->config.len == b->config.len);
	assert(!a->config.len || memcmp(a->config.s, b->config.s, a->config.len) == 0);
	assert(text_equal(args_a, args_b));
}

/* As cache_write() prints what was read. */
static char *print_cached(const struct cached *cached)
{
	cleanup_text struct text text = { 0 };
	const cJSON no_result = { .type = cJSON_Object };

	print_entry(&(struct cache_entry){ .network = cached->network,
					   .config = &cached->config,
					   .container =
						   &(struct container){
							   .id = cached->container_id,
							   .netns = cached->netns,
							   .ifname = cached->ifname,
							   .args = &cached->args,
							   .capabilities = cached->capabilities,
						   } },
		    cached->result ? cached->result : &no_result, &text);
	return xstrdup(text.s);
}

static void try_cached(const char *text, size_t size)
{
	cleanup_cached struct cached cached = { 0 };
	cleanup_cached struct cached again = { 0 };
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *printed = NULL;

	if (cached_parse(text, size, &cached) < 0) {
		assert(!cached.json);
		return;
	}
	assert((cached_result(&cached, &result, &err) < 0) == cni_error_is_set(&err));
	printed = print_cached(&cached);
	assert(cached_parse(printed, strlen(printed), &again) == 0);
	check_cached(&cached, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = size ? xstrndup((const char *)data + 1, size - 1) : NULL;

	switch (size ? data[0] % 5 : -1) {
	case 0:
		try_capabilities(text);
		break;
	case 1:
		try_args(text);
		break;
	case 2:
		try_publish(text);
		break;
	case 3:
		try_path(text);
		break;
	case 4:
		try_cached((const char *)data + 1, size - 1);
		break;
	}
	return 0;
}
