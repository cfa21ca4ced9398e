/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which attachments are collected, and what plugins are told of the others (cni-protocol §8.5). */
#include <errno.h>

#include "runtime/call.h"
#include "runtime/runtime.h"
#include "types/version.h"

static bool is_listed(const cJSON *list, const struct cached *cached)
{
	for (const cJSON *item = list ? list->child : NULL; item; item = item->next) {
		const cJSON *id = json_get(item, "containerID");
		const cJSON *ifname = json_get(item, "ifname");

		if (cJSON_IsString(id) && cJSON_IsString(ifname) &&
		    text_equal(id->valuestring, cached->container_id) &&
		    text_equal(ifname->valuestring, cached->ifname))
			return true;
	}
	return false;
}

static int delete_stale(const struct runtime *runtime, const struct network_list *list,
			const struct valid *valid, struct cni_error *err)
{
	cleanup_cache_list struct cache_list cache = { 0 };
	int so_far = cache_list(runtime->cache, list->name, &cache, err);

	for (size_t i = 0; i < cache.count; i++) {
		const struct cached *cached = &cache.items[i];
		const struct container container = {
			.id = cached->container_id,
			.netns = cached->netns,
			.ifname = cached->ifname,
			.args = &cached->args,
			.capabilities = cached->capabilities,
		};
		cleanup_error struct cni_error more = { 0 };
		int r;

		if (valid->is_known && is_listed(valid->list, cached))
			continue;
		r = runtime_del(runtime, list, &container, &more);
		if (r < 0)
			cni_error_prefix(&more, "failed to delete stale attachment %s %s",
					 container.id, container.ifname);
		so_far = cni_error_collect(err, &more, so_far, r);
	}
	return so_far;
}

int runtime_gc(const struct runtime *runtime, const struct network_list *list,
	       const struct valid *valid, struct cni_error *err)
{
	cleanup_error struct cni_error ignored = { 0 };
	int order = -1;
	int so_far;

	if (list->disable_gc)
		return 0;
	so_far = delete_stale(runtime, list, valid, err);
	if (version_compare(list->version, "1.1.0", &order, &ignored) < 0 || order < 0)
		return so_far;
	for (size_t i = 0; i < list->plugin_count; i++) {
		const struct list_plugin *plugin = &list->plugins[i];
		cleanup_error struct cni_error more = { 0 };
		int r = call_plugin(runtime, "GC",
				    &(struct request){ .list = list,
						       .plugin = plugin,
						       .has_valid = valid->is_known,
						       .valid = valid->list },
				    &more);

		if (r < 0)
			cni_error_prefix(&more, "failed to GC plugin %s", plugin->type);
		so_far = cni_error_collect(err, &more, so_far, r);
	}
	return so_far;
}
