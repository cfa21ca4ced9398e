/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which keys the runtime sets, and which capabilities reach a plugin. */
#include "runtime/request.h"

#include <string.h>

#include "base/alloc.h"
#include "runtime/canon.h"

static void set(cJSON *request, const char *key, cJSON *value)
{
	canon_set(request, key, value);
}

/* What the runtime offers of what the plugin declares; NULL: nothing. */
static cJSON *choose_capabilities(const struct list_plugin *plugin, const cJSON *offered)
{
	cJSON *chosen = NULL;

	for (const cJSON *item = plugin->capabilities ? plugin->capabilities->child : NULL; item;
	     item = item->next) {
		const cJSON *value = canon_find(offered, item->string);

		if (!cJSON_IsTrue(item) || !value ||
		    canon_find(plugin->capabilities, item->string) != item)
			continue;
		if (!chosen)
			chosen = cJSON_CreateObject();
		if (!chosen)
			out_of_memory();
		canon_set(chosen, item->string, cJSON_Duplicate(value, true));
	}
	return chosen;
}

static int set_previous(cJSON *request, const char *previous, struct cni_error *err)
{
	cleanup_free char *why = NULL;
	cJSON *json = NULL;

	if (canon_parse(previous, strlen(previous), &json, &why) < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "the previous result is no JSON: %s",
				why);
	set(request, "prevResult", json);
	return 0;
}

static void set_valid(cJSON *request, const cJSON *valid)
{
	static const char *const keys[] = { "cni.dev/valid-attachments", "cni.dev/attachments" };

	for (size_t i = 0; i < array_size(keys); i++)
		set(request, keys[i], valid ? cJSON_Duplicate(valid, true) : cJSON_CreateNull());
}

int request_print(const struct request *request, struct text *out, struct cni_error *err)
{
	cleanup_json cJSON *json = cJSON_Duplicate(request->plugin->json, true);
	struct json_writer w = { .out = out, .compact = true };
	cJSON *capabilities = NULL;
	int r = 0;

	if (!json)
		out_of_memory();
	set(json, "name", cJSON_CreateString(request->list->name));
	set(json, "cniVersion", cJSON_CreateString(request->list->version));
	if (request->previous_or_null)
		r = set_previous(json, request->previous_or_null, err);
	if (r < 0)
		return r;
	if (request->container_or_null)
		capabilities = choose_capabilities(request->plugin,
						   request->container_or_null->capabilities);
	if (capabilities)
		set(json, "runtimeConfig", capabilities);
	if (request->has_valid)
		set_valid(json, request->valid);
	canon_value(&w, NULL, json);
	return 0;
}
