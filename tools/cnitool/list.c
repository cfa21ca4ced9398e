/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool list: every configuration file, and whether a container could be attached now. */
#include "base/alloc.h"
#include "misspelt.h"
#include "plugin/delegate.h"
#include "runtime/load.h"
#include "table.h"
#include "tool.h"
#include "types/json.h"

struct listing {
	struct tool *tool;
	struct table table;
	struct json_writer *w; /* NULL: a table is wanted */
	char **names;
	size_t count;
};

static void listing_release(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->names[i]);
	free(listing->names);
	table_release(&listing->table);
}

/* True when an earlier file has that name, so that this one is never used. */
static bool remember(struct listing *listing, const char *name)
{
	for (size_t i = 0; i < listing->count; i++)
		if (text_equal(listing->names[i], name))
			return true;
	listing->names = xgrow(listing->names, listing->count, sizeof(char *));
	listing->names[listing->count++] = xstrdup(name);
	return false;
}

static int find_ipam(const struct tool *tool, const struct list_plugin *plugin,
		     struct cni_error *err)
{
	const cJSON *type = json_get(json_get(plugin->json, "ipam"), "type");
	cleanup_free char *path = NULL;

	if (!cJSON_IsString(type) || !*type->valuestring)
		return 0;
	return delegate_find(type->valuestring, tool->runtime.path, &path, err);
}

/* "ready", or why not. */
static char *word_status(struct listing *listing, const struct network_list *list)
{
	cleanup_error struct cni_error err = { 0 };
	int r = 0;

	if (remember(listing, list->name))
		return xstrdup("unused: an earlier file has this name");
	for (size_t i = 0; r == 0 && i < list->plugin_count; i++) {
		cleanup_free char *path = NULL;

		r = delegate_find(list->plugins[i].type, listing->tool->runtime.path, &path, &err)
			    ?: find_ipam(listing->tool, &list->plugins[i], &err);
	}
	if (r == 0)
		r = runtime_status(&listing->tool->runtime, list, &err);
	if (r == 0)
		return xstrdup("ready");
	return xasprintf("not ready: %s%s%s", err.msg, text_is_empty(err.details) ? "" : "; ",
			 err.details ? err.details : "");
}

static void add_warning(const char *text, void *data)
{
	json_string(data, NULL, text);
}

static void add_words(const char *text, void *data)
{
	text_addf(data, "; %s", text);
}

static void add_json(struct listing *listing, const char *path, const struct network_list *list,
		     const char *status)
{
	json_open(listing->w, NULL, '{');
	if (list) {
		json_string(listing->w, "name", list->name);
		json_string(listing->w, "cniVersion", list->version);
		json_open(listing->w, "plugins", '[');
		for (size_t i = 0; i < list->plugin_count; i++)
			json_string(listing->w, NULL, list->plugins[i].type);
		json_close(listing->w, ']');
	}
	json_string(listing->w, "status", status);
	json_string(listing->w, "file", path);
	if (list) {
		json_open(listing->w, "warnings", '[');
		misspelt_each(list, add_warning, listing->w);
		json_close(listing->w, ']');
	}
	json_close(listing->w, '}');
}

static void add_row(struct listing *listing, const char *path, const struct network_list *list,
		    const char *status)
{
	cleanup_text struct text plugins = { 0 }, state = { 0 };

	if (listing->w) {
		add_json(listing, path, list, status);
		return;
	}
	for (size_t i = 0; list && i < list->plugin_count; i++)
		text_addf(&plugins, "%s%s", i > 0 ? "," : "", list->plugins[i].type);
	table_add(&listing->table, list ? list->name : "");
	table_add(&listing->table, list ? list->version : "");
	table_add(&listing->table, plugins.s);
	table_add(&listing->table, path);
	text_add(&state, status);
	if (list)
		misspelt_each(list, add_words, &state);
	table_add(&listing->table, state.s);
}

static int list_file(const char *path, void *data)
{
	struct listing *listing = data;
	cleanup_list struct network_list list = { 0 };
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *status = NULL;

	if (load_file(path, &list, &err) < 0) {
		status = xasprintf("broken: %s", err.msg);
		add_row(listing, path, NULL, status);
		return 0;
	}
	status = word_status(listing, &list);
	add_row(listing, path, &list, status);
	return 0;
}

int verb_list(struct tool *tool, struct cni_error *err)
{
	static const char *const titles[] = { "NETWORK", "VERSION", "PLUGINS", "FILE", "STATUS" };
	cleanup_with(listing_release) struct listing listing = {
		.tool = tool, .table.columns = array_size(titles)
	};
	struct json_writer w = { .out = &tool->out, .visible = true };
	int r;

	if (tool->options.json) {
		listing.w = &w;
		json_open(&w, NULL, '[');
	}
	for (size_t i = 0; i < array_size(titles); i++)
		table_add(&listing.table, titles[i]);
	r = load_each_file(tool->folder, list_file, &listing, err);
	if (r < 0)
		return r;
	if (tool->options.json) {
		json_close(&w, ']');
		text_add(&tool->out, "\n");
	} else {
		table_print(&listing.table, &tool->out);
	}
	return 0;
}
