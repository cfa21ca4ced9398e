/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration list may hold, and the reference's words for what it may not. */
#include "runtime/list.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "runtime/canon.h"
#include "runtime/list_versions.h"

#define PARSING_LIST "error parsing configuration list: "

static int fail(struct cni_error *err, const char *text)
{
	return cni_fail(err, CNI_ERR_INTERNAL, 0, PARSING_LIST "%s", text);
}

/* Takes `json`. */
static int read_plugin(cJSON *json, struct list_plugin *ret, struct cni_error *err)
{
	cleanup_json cJSON *owned = json;
	const cJSON *type = json_get(json, "type");
	const cJSON *name = json_get(json, "name");
	const cJSON *capabilities = json_get(json, "capabilities");

	if (!cJSON_IsObject(json) || (type && !cJSON_IsString(type)) ||
	    (name && !cJSON_IsString(name)))
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"error parsing configuration: json: cannot unmarshal %s",
				!cJSON_IsObject(json)		? json_type_name(json)
				: type && !cJSON_IsString(type) ? "a type that is no string"
								: "a name that is no string");
	if (!type || !*type->valuestring)
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"error parsing configuration: missing 'type'");
	if (capabilities && !cJSON_IsObject(capabilities))
		return cni_fail(
			err, CNI_ERR_INTERNAL, 0,
			"error parsing configuration: json: cannot unmarshal %s into capabilities",
			json_type_name(capabilities));
	*ret = (struct list_plugin){
		.json = steal(&owned),
		.type = type->valuestring,
		.name = name ? name->valuestring : "",
		.capabilities = capabilities,
	};
	return 0;
}

static void append_plugin(struct network_list *list, const struct list_plugin *plugin)
{
	list->plugins = xgrow(list->plugins, list->plugin_count, sizeof(*plugin));
	list->plugins[list->plugin_count++] = *plugin;
}

static int parse_plugin(const char *bytes, size_t size, struct list_plugin *ret,
			struct cni_error *err)
{
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;

	if (canon_parse(bytes, size, &json, &why) < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "error parsing configuration: %s", why);
	return read_plugin(steal(&json), ret, err);
}

int list_add_plugin(struct network_list *list, const char *bytes, size_t size,
		    struct cni_error *err)
{
	struct list_plugin plugin;
	int r = parse_plugin(bytes, size, &plugin, err);

	if (r == 0)
		append_plugin(list, &plugin);
	return r;
}

static int read_name(const cJSON *json, struct network_list *list, struct cni_error *err)
{
	const cJSON *name = canon_find(json, "name");

	if (!name)
		return fail(err, "no name");
	if (!cJSON_IsString(name))
		return cni_fail(err, CNI_ERR_INTERNAL, 0, PARSING_LIST "invalid name type %s",
				canon_type_name(name));
	list->name = xstrdup(name->valuestring);
	return 0;
}

static int read_bool(const cJSON *json, const char *key, bool *ret, struct cni_error *err)
{
	const cJSON *value = canon_find(json, key);

	if (!value)
		return 0;
	if (!cJSON_IsBool(value) && !cJSON_IsString(value))
		return cni_fail(err, CNI_ERR_INTERNAL, 0, PARSING_LIST "invalid type %s for %s",
				canon_type_name(value), key);
	if (cJSON_IsString(value) && strcasecmp(value->valuestring, "true") != 0 &&
	    strcasecmp(value->valuestring, "false") != 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				PARSING_LIST "invalid value \"%s\" for %s", value->valuestring,
				key);
	*ret = cJSON_IsString(value) ? strcasecmp(value->valuestring, "true") == 0
				     : cJSON_IsTrue(value);
	return 0;
}

static int read_plugins(const cJSON *json, struct network_list *list, struct cni_error *err)
{
	const cJSON *plugins = canon_find(json, "plugins");
	int i = 0;

	if (!plugins && list->only_inlined)
		return fail(err, "`loadOnlyInlinedPlugins` is true, and no 'plugins' key");
	if (!plugins)
		return 0;
	if (!cJSON_IsArray(plugins))
		return cni_fail(err, CNI_ERR_INTERNAL, 0, PARSING_LIST "invalid 'plugins' type %s",
				canon_type_name(plugins));
	if (!plugins->child)
		return fail(err, "no plugins in list");
	for (const cJSON *item = plugins->child; item; item = item->next, i++) {
		struct list_plugin plugin;
		int r = read_plugin(cJSON_Duplicate(item, true), &plugin, err);

		if (r < 0) {
			cni_error_prefix(err, "failed to parse plugin config %d", i);
			return r;
		}
		append_plugin(list, &plugin);
	}
	return 0;
}

static int read_list(const cJSON *json, struct network_list *list, struct cni_error *err)
{
	int r = read_name(json, list, err)
			?: list_choose_version(json, &list->version, err)
			?: read_bool(json, "disableCheck", &list->disable_check, err)
			?: read_bool(json, "disableGC", &list->disable_gc, err)
			?: read_bool(json, "loadOnlyInlinedPlugins", &list->only_inlined, err);

	return r == 0 ? read_plugins(json, list, err) : r;
}

int list_parse(const char *bytes, size_t size, struct network_list *ret, struct cni_error *err)
{
	cleanup_list struct network_list list = { 0 };
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	int r;

	if (canon_parse(bytes, size, &json, &why) < 0)
		return fail(err, why);
	if (!cJSON_IsObject(json) && !cJSON_IsNull(json))
		return cni_fail(
			err, CNI_ERR_INTERNAL, 0,
			PARSING_LIST
			"json: cannot unmarshal %s into Go value of type map[string]interface {}",
			json_type_name(json));
	r = read_list(json, &list, err);
	if (r < 0)
		return r;
	text_add_bytes(&list.bytes, bytes, size);
	*ret = list;
	list = (struct network_list){ 0 };
	return 0;
}

/* The list that the reference makes of a single configuration, and puts into its cache. */
static void wrap(const struct list_plugin *plugin, struct text *out)
{
	const cJSON *version = json_get(plugin->json, "cniVersion");
	struct json_writer w = { .out = out, .compact = true };

	json_open(&w, NULL, '{');
	json_string(&w, "cniVersion", cJSON_IsString(version) ? version->valuestring : "");
	json_string(&w, "name", plugin->name);
	json_open(&w, "plugins", '[');
	canon_value(&w, NULL, plugin->json);
	json_close(&w, ']');
	json_close(&w, '}');
}

int list_parse_single(const char *bytes, size_t size, struct network_list *ret,
		      struct cni_error *err)
{
	cleanup_text struct text wrapped = { 0 };
	struct list_plugin plugin;
	int r = parse_plugin(bytes, size, &plugin, err);

	if (r < 0)
		return r;
	wrap(&plugin, &wrapped);
	cJSON_Delete(plugin.json);
	return list_parse(wrapped.s, wrapped.len, ret, err);
}

void list_release(struct network_list *list)
{
	for (size_t i = 0; i < list->plugin_count; i++)
		cJSON_Delete(list->plugins[i].json);
	free(list->plugins);
	free(list->name);
	free(list->version);
	free(list->file);
	text_release(&list->bytes);
	*list = (struct network_list){ 0 };
}
