/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file of the cache means. */
#include <errno.h>

#include "runtime/base64.h"
#include "runtime/cache.h"
#include "runtime/canon.h"

static const char *string_of(const cJSON *object, const char *key)
{
	const cJSON *value = json_get(object, key);

	return cJSON_IsString(value) ? value->valuestring : "";
}

static int read_args(const cJSON *list, struct container_args *args)
{
	for (const cJSON *item = list ? list->child : NULL; item; item = item->next) {
		const cJSON *key = cJSON_GetArrayItem(item, 0);
		const cJSON *value = cJSON_GetArrayItem(item, 1);

		if (!cJSON_IsString(key) || !cJSON_IsString(value))
			return -EINVAL;
		container_args_add(args, key->valuestring, value->valuestring);
	}
	return 0;
}

static const cJSON *object_of(const cJSON *json, const char *key)
{
	const cJSON *value = json_get(json, key);

	return cJSON_IsObject(value) ? value : NULL;
}

int cached_parse(const char *bytes, size_t size, struct cached *ret)
{
	cleanup_cached struct cached cached = { 0 };
	cleanup_free char *why = NULL;
	int r = canon_parse(bytes, size, &cached.json, &why);

	if (r < 0 || !cJSON_IsObject(cached.json))
		return -EINVAL;
	if (text_equal(string_of(cached.json, "kind"), "cniCacheV1"))
		cached.result = object_of(cached.json, "result");
	else
		cached.result = cached.json;
	cached.network = string_of(cached.json, "networkName");
	cached.container_id = string_of(cached.json, "containerId");
	cached.ifname = string_of(cached.json, "ifName");
	cached.netns = string_of(cached.json, "netns");
	cached.capabilities = object_of(cached.json, "capabilityArgs");
	if (read_args(json_get(cached.json, "cniArgs"), &cached.args) < 0 ||
	    base64_decode(string_of(cached.json, "config"), &cached.config) < 0)
		return -EINVAL;
	*ret = cached;
	cached = (struct cached){ 0 };
	return 0;
}

const char *cached_netns(const struct cached *cached)
{
	const cJSON *interfaces = json_get(cached->result, "interfaces");

	if (*cached->netns)
		return cached->netns;
	for (const cJSON *item = interfaces ? interfaces->child : NULL; item; item = item->next)
		if (text_equal(string_of(item, "name"), cached->ifname) &&
		    *string_of(item, "sandbox"))
			return string_of(item, "sandbox");
	return "";
}

int cached_result(const struct cached *cached, struct result *ret, struct cni_error *err)
{
	return result_parse(cached->result, string_of(cached->result, "cniVersion"), ret, err);
}

void cached_release(struct cached *cached)
{
	cJSON_Delete(cached->json);
	text_release(&cached->config);
	container_args_release(&cached->args);
	*cached = (struct cached){ 0 };
}
