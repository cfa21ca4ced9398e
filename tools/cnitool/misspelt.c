/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which parts of a list are looked at, and how an unknown key is told. */
#include "misspelt.h"

#include "base/alloc.h"
#include "runtime/canon.h"
#include "types/keys.h"

struct hearing {
	const char *type; /* "" for the list itself */
	misspelt_fn *fn;
	void *data;
};

static void hear(const char *path, const char *meant_or_null, void *data)
{
	const struct hearing *hearing = data;
	cleanup_free char *place = *hearing->type ? xasprintf("plugin %s: ", hearing->type)
						  : xstrdup("");
	cleanup_free char *text = meant_or_null
					  ? xasprintf("%s%s: no such key, did you mean %s?", place,
						      path, meant_or_null)
					  : xasprintf("%s%s: no such key, so it changes nothing",
						      place, path);

	hearing->fn(text, hearing->data);
}

static void hear_plugin(const struct list_plugin *plugin, struct hearing *hearing)
{
	const cJSON *ipam = json_get(json_get(plugin->json, "ipam"), "type");

	hearing->type = plugin->type;
	keys_find_unknown(plugin->json, plugin->type, hear, hearing);
	if (!cJSON_IsString(ipam))
		return;
	hearing->type = ipam->valuestring;
	keys_find_unknown(plugin->json, ipam->valuestring, hear, hearing);
}

void misspelt_each(const struct network_list *list, misspelt_fn *fn, void *data)
{
	struct hearing hearing = { .type = KEYS_OF_LIST, .fn = fn, .data = data };
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;

	if (list->bytes.len && canon_parse(list->bytes.s, list->bytes.len, &json, &why) == 0)
		keys_find_unknown(json, KEYS_OF_LIST, hear, &hearing);
	for (size_t i = 0; i < list->plugin_count; i++)
		hear_plugin(&list->plugins[i], &hearing);
}
