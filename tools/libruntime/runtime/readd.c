/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which parts of an attachment a new one is asked to have, and how the old one is remembered. */
#include <errno.h>

#include "base/alloc.h"
#include "runtime/canon.h"
#include "runtime/runtime.h"

/* The member of that name, made an object where it is none. */
static cJSON *object_in(cJSON *parent, const char *key)
{
	const cJSON *found = canon_find(parent, key);
	cJSON *made;

	if (cJSON_IsObject(found))
		return cJSON_GetObjectItemCaseSensitive(parent, key);
	made = cJSON_CreateObject();
	if (!made)
		out_of_memory();
	canon_set(parent, key, made);
	return made;
}

static bool has_host_local(const struct list_plugin *plugin)
{
	const cJSON *type = json_get(json_get(plugin->json, "ipam"), "type");

	return cJSON_IsString(type) && text_equal(type->valuestring, "host-local");
}

/*
 * host-local gives the addresses that "args" of the configuration ask for; static has them in its
 * configuration, and would lose their gateways by that.
 */
static void ask_for_addresses(struct network_list *list, const struct result *result)
{
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < list->plugin_count && result->ip_count; i++) {
		cJSON *ips;

		if (!has_host_local(&list->plugins[i]))
			continue;
		ips = cJSON_CreateArray();
		for (size_t j = 0; j < result->ip_count; j++) {
			cJSON *item = cJSON_CreateString(
				prefix_print(&result->ips[j].address, text));

			if (!item || !cJSON_AddItemToArray(ips, item))
				out_of_memory();
		}
		canon_set(object_in(object_in(list->plugins[i].json, "args"), "cni"), "ips", ips);
	}
}

/* What a failure must not lose: whoever tries again finds addresses and ports there. */
static void remember(const struct runtime *runtime, const struct network_list *list,
		     const struct cached *cached, const struct container *container)
{
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_text struct text result = { 0 };
	struct json_writer w = { .out = &result, .compact = true };

	canon_value(&w, NULL, cached->result);
	ignore(cache_write(runtime->cache,
			   &(struct cache_entry){ .network = list->name,
						  .container = container,
						  .config = &cached->config,
						  .result = result.s },
			   &ignored)); /* the failure before is told */
}

int runtime_readd(const struct runtime *runtime, struct network_list *list,
		  const struct cached *cached, struct added *ret, struct cni_error *err)
{
	const struct container container = { .id = cached->container_id,
					     .netns = cached_netns(cached),
					     .ifname = cached->ifname,
					     .args = &cached->args,
					     .capabilities = cached->capabilities };
	cleanup_result struct result result = { 0 };
	int r;

	if (!cached->result)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "the cache has no result of %s",
				container.id);
	r = cached_result(cached, &result, err);
	if (r < 0)
		return r;
	ask_for_addresses(list, &result);
	r = runtime_del(runtime, list, &container, err)
		    ?: runtime_add(runtime, list, &container, ret, err);
	if (r < 0)
		remember(runtime, list, cached, &container);
	return r;
}
