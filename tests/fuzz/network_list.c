/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every list, single configuration and cache file is read or refused with a reason; a request for a
 * plugin of it is JSON.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "runtime/cache.h"
#include "runtime/list.h"
#include "runtime/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(const struct network_list *list, const struct list_plugin *plugin)
{
	cleanup_json cJSON *capabilities = NULL;
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	cleanup_error struct cni_error err = { 0 };
	cleanup_text struct text out = { 0 };
	struct container container = { .id = "c", .netns = "", .ifname = "eth0" };
	static const char offered[] = "{\"portMappings\":[{\"hostPort\":80}],\"mac\":\"m\"}";

	assert(json_parse(offered, strlen(offered), &capabilities, &why) == 0);
	container.capabilities = capabilities;
	assert(request_print(&(struct request){ .list = list,
						.plugin = plugin,
						.container_or_null = &container,
						.previous_or_null = "{}" },
			     &out, &err) == 0);
	assert(json_parse(out.s, out.len, &json, &why) == 0);
	assert(text_equal(json_get_exact(json, "name")->valuestring, list->name));
}

static void check_list(int r, const struct network_list *list, const struct cni_error *err)
{
	assert((r < 0) == cni_error_is_set(err));
	if (r < 0)
		return;
	assert(list->name && list->version && list->bytes.s);
	for (size_t i = 0; i < list->plugin_count; i++) {
		assert(*list->plugins[i].type);
		check_request(list, &list->plugins[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	cleanup_list struct network_list list = { 0 };
	cleanup_list struct network_list single = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_error struct cni_error single_err = { 0 };
	cleanup_cached struct cached cached = { 0 };

	check_list(list_parse(text, size, &list, &err), &list, &err);
	check_list(list_parse_single(text, size, &single, &single_err), &single, &single_err);
	if (cached_parse(text, size, &cached) == 0)
		assert(cached.network && cached.container_id && cached.ifname && cached.netns);
	return 0;
}
