/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which variables a plugin gets, and how its result is understood. */
#include "runtime/call.h"

#include "base/alloc.h"
#include "plugin/delegate.h"
#include "runtime/canon.h"
#include "types/version.h"

enum { VARIABLES = 6 };

struct environment {
	char *texts[VARIABLES + 1];
};

static void environment_release(struct environment *environment)
{
	for (int i = 0; i < VARIABLES; i++)
		free(environment->texts[i]);
}

/*
 * Empty elements of the path count for the reference as the current folder; here they are no
 * place to look.
 */
static struct environment make_environment(const struct runtime *runtime, const char *verb,
					   const struct container *container)
{
	static const struct container nobody = { .id = "", .netns = "", .ifname = "" };
	cleanup_free char *args = container_args_print(container ? container->args : NULL);

	if (!container)
		container = &nobody;
	return (struct environment){ {
		xasprintf("CNI_COMMAND=%s", verb),
		xasprintf("CNI_CONTAINERID=%s", container->id),
		xasprintf("CNI_NETNS=%s", container->netns),
		xasprintf("CNI_ARGS=%s", args),
		xasprintf("CNI_IFNAME=%s", container->ifname),
		xasprintf("CNI_PATH=%s", runtime->path),
	} };
}

static int run(const struct runtime *runtime, const char *verb, const struct request *request,
	       struct text *ret_output, struct cni_error *err)
{
	cleanup_with(environment_release) struct environment environment =
		make_environment(runtime, verb, request->container_or_null);
	cleanup_text struct text input = { 0 };

	if (!*runtime->path)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "no paths provided");
	return request_print(request, &input, err)
		       ?: delegate_run(&(struct delegate){ .name = request->plugin->type,
							   .path = runtime->path,
							   .set_variables =
								   (const char *const *)
									   environment.texts,
							   .input = &input,
							   .signal_mask = runtime->signal_mask },
				       ret_output, err);
}

int call_plugin(const struct runtime *runtime, const char *verb, const struct request *request,
		struct cni_error *err)
{
	cleanup_text struct text ignored = { 0 };

	return run(runtime, verb, request, &ignored, err);
}

static int read_answer(const struct text *output, const char *list_version, struct added *ret,
		       struct cni_error *err)
{
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;
	const cJSON *own_version;
	const char *version = *list_version ? list_version : VERSION_UNSET;

	if (canon_parse(output->s ? output->s : "", output->len, &json, &why) < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "failed to unmarshal raw result: %s",
				why);
	if (!cJSON_IsObject(json) && !cJSON_IsNull(json))
		return cni_fail(
			err, CNI_ERR_INTERNAL, 0,
			"failed to unmarshal raw result: json: cannot unmarshal %s into Go value of type map[string]interface {}",
			json_type_name(json));
	own_version = canon_find(json, "cniVersion");
	if (cJSON_IsString(own_version) && *own_version->valuestring)
		version = own_version->valuestring;
	return result_parse(json, version, &ret->result, err)
		       ?: result_print(&ret->result, version, &ret->json, err);
}

int call_add(const struct runtime *runtime, const struct request *request, struct added *ret,
	     struct cni_error *err)
{
	cleanup_added struct added added = { 0 };
	cleanup_text struct text output = { 0 };
	int r = run(runtime, "ADD", request, &output, err)
			?: read_answer(&output, request->list->version, &added, err);

	if (r < 0)
		return r;
	*ret = added;
	added = (struct added){ 0 };
	return 0;
}
