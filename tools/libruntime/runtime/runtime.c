/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which the plugins of a list are run, what each gets, and what happens when one
 * fails.
 */
#include "runtime/runtime.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "runtime/attached.h"
#include "runtime/call.h"
#include "types/name.h"
#include "types/version.h"

/* 1 when the list's version is at least that. */
static int is_at_least(const struct network_list *list, const char *version, struct cni_error *err)
{
	int order;
	int r = version_compare(list->version, version, &order, err);

	return r < 0 ? r : order >= 0;
}

/* plugin type="bridge" name="x" failed (add): … */
static void name_plugin(struct cni_error *err, const struct list_plugin *plugin, const char *step)
{
	if (*plugin->name)
		cni_error_prefix(err, "plugin type=\"%s\" name=\"%s\" failed (%s)", plugin->type,
				 plugin->name, step);
	else
		cni_error_prefix(err, "plugin type=\"%s\" failed (%s)", plugin->type, step);
}

static int check_names(const struct network_list *list, const struct container *container,
		       struct cni_error *err)
{
	int r = name_check_container_id(container->id, err) ?: name_check_network(list->name, err);

	return r == 0 ? name_check_ifname(container->ifname, err) : r;
}

static int add_all(const struct runtime *runtime, const struct network_list *list,
		   const struct container *container, size_t *ret_tried, struct added *ret,
		   struct cni_error *err)
{
	for (*ret_tried = 0; *ret_tried < list->plugin_count;) {
		const struct list_plugin *plugin = &list->plugins[*ret_tried];
		cleanup_added struct added added = { 0 };
		int r = check_names(list, container, err);

		if (r == 0) {
			++*ret_tried;
			r = call_add(runtime,
				     &(struct request){ .list = list,
							.plugin = plugin,
							.container_or_null = container,
							.previous_or_null = ret->json.s },
				     &added, err);
		}
		if (r < 0) {
			name_plugin(err, plugin, "add");
			return r;
		}
		added_release(ret);
		*ret = added;
		added = (struct added){ 0 };
	}
	return 0;
}

/* Plugins that fail for one reason, as for want of a program, would all say the same. */
static bool is_told(const struct cni_error *told, const char *reason)
{
	const size_t size = reason ? strlen(reason) : 0, all = told->msg ? strlen(told->msg) : 0;

	return size && all >= size && text_equal(told->msg + all - size, reason);
}

/* DEL of the first `count` plugins, in reverse; `told` is no reason to fail of its own. */
static int del_plugins(const struct runtime *runtime, const struct network_list *list, size_t count,
		       const struct container *container, const char *previous,
		       const struct cni_error *told, struct cni_error *err)
{
	int so_far = 0;

	while (count-- > 0) {
		const struct list_plugin *plugin = &list->plugins[count];
		cleanup_error struct cni_error more = { 0 };
		int r = call_plugin(runtime, "DEL",
				    &(struct request){ .list = list,
						       .plugin = plugin,
						       .container_or_null = container,
						       .previous_or_null = previous },
				    &more);

		if (r < 0 && (is_told(told, more.msg) || is_told(err, more.msg))) {
			so_far = so_far ?: r;
			continue;
		}
		if (r < 0)
			name_plugin(&more, plugin, "delete");
		so_far = cni_error_collect(err, &more, so_far, r);
	}
	return so_far;
}

static void undo_add(const struct runtime *runtime, const struct network_list *list, size_t tried,
		     const struct container *container, const struct added *so_far,
		     struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };

	if (del_plugins(runtime, list, tried, container, so_far->json.s, err, &more) < 0 &&
	    more.msg)
		cni_error_details(err, "undoing it failed too: %s", more.msg);
}

int runtime_add(const struct runtime *runtime, const struct network_list *list,
		const struct container *container, struct added *ret, struct cni_error *err)
{
	cleanup_added struct added added = { 0 };
	bool was_there = cache_has(runtime->cache, list->name, container) ||
			 interface_is_present(container);
	size_t tried = 0;
	int r = add_all(runtime, list, container, &tried, &added, err)
			?: cache_write(runtime->cache,
				       &(struct cache_entry){ .network = list->name,
							      .container = container,
							      .config = &list->bytes,
							      .result = added.json.s },
				       err);

	if (r < 0 && !was_there)
		undo_add(runtime, list, tried, container, &added, err);
	if (r < 0)
		return r;
	*ret = added;
	added = (struct added){ 0 };
	return 0;
}

/* The cached result in the list's version: 1, or 0 when there is none. */
static int read_previous(const struct runtime *runtime, const struct network_list *list,
			 const struct container *container, struct text *ret, struct cni_error *err)
{
	cleanup_cached struct cached cached = { 0 };
	cleanup_result struct result result = { 0 };
	int r = cache_read(runtime->cache, list->name, container, &cached, err);

	if (r <= 0)
		return r;
	r = cached_result(&cached, &result, err) ?: result_print(&result, list->version, ret, err);
	if (r < 0)
		cni_error_prefix(err, "failed to convert cached result to config version \"%s\"",
				 list->version);
	return r < 0 ? r : 1;
}

int runtime_check(const struct runtime *runtime, const struct network_list *list,
		  const struct container *container, struct cni_error *err)
{
	cleanup_text struct text previous = { 0 };
	int r = is_at_least(list, "0.4.0", err);

	if (r == 0)
		return cni_fail(err, CNI_ERR_VERSION, 0,
				"configuration version \"%s\" does not support the CHECK command",
				list->version);
	if (r < 0 || list->disable_check)
		return r < 0 ? r : 0;
	r = read_previous(runtime, list, container, &previous, err);
	if (r < 0) {
		cni_error_prefix(err, "failed to get network \"%s\" cached result", list->name);
		return r;
	}
	for (size_t i = 0; i < list->plugin_count; i++) {
		r = call_plugin(runtime, "CHECK",
				&(struct request){ .list = list,
						   .plugin = &list->plugins[i],
						   .container_or_null = container,
						   .previous_or_null = previous.s },
				err);
		if (r < 0)
			return r;
	}
	return 0;
}

int runtime_del(const struct runtime *runtime, const struct network_list *list,
		const struct container *container, struct cni_error *err)
{
	cleanup_text struct text previous = { 0 };
	cleanup_error struct cni_error unreadable = { 0 };
	int r = is_at_least(list, "0.4.0", err);

	if (r < 0)
		return r;
	if (r > 0 && read_previous(runtime, list, container, &previous, &unreadable) < 0)
		text_release(&previous); /* plugins find what they made without it */
	r = del_plugins(runtime, list, list->plugin_count, container, previous.s, err, err);
	if (r < 0)
		return r;
	r = cache_delete(runtime->cache, list->name, container);
	if (r < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, -r, "cannot remove the cached result of %s",
				container->id);
	return 0;
}

int runtime_status(const struct runtime *runtime, const struct network_list *list,
		   struct cni_error *err)
{
	cleanup_error struct cni_error ignored = { 0 };

	if (is_at_least(list, "1.1.0", &ignored) <= 0)
		return 0;
	for (size_t i = 0; i < list->plugin_count; i++) {
		int r = call_plugin(runtime, "STATUS",
				    &(struct request){ .list = list, .plugin = &list->plugins[i] },
				    err);

		if (r < 0)
			return r;
	}
	return 0;
}

void added_release(struct added *added)
{
	text_release(&added->json);
	result_release(&added->result);
	*added = (struct added){ 0 };
}
