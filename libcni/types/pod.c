/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two arguments that name a pod. */
#include "types/pod.h"

#include "base/alloc.h"
#include "base/text.h"
#include "types/args.h"

void pod_read(const char *args, struct pod *ret)
{
	struct args_key keys[] = { { .key = "K8S_POD_NAMESPACE" }, { .key = "K8S_POD_NAME" } };
	cleanup_free char *lenient = NULL;

	*ret = (struct pod){ 0 };
	if (text_is_empty(args))
		return;
	lenient = xasprintf("%s;IgnoreUnknown=1", args); /* the last one counts */
	if (args_parse(lenient, keys, array_size(keys), NULL) < 0)
		return;
	*ret = (struct pod){ .namespace = keys[0].value, .name = keys[1].value };
}

void pod_release(struct pod *pod)
{
	free(pod->namespace);
	free(pod->name);
}
