/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two arguments that name a pod. */
#include "types/pod.h"

#include <string.h>

#include "base/alloc.h"
#include "base/sha512.h"
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

enum {
	NAME_MAX_SIZE = 127, /* of an alternative name in the kernel */
	HASH_DIGITS = 8,
};

/* Two long names that begin alike stay two. */
static void shorten(const char *whole, char *name)
{
	char *hash = name + NAME_MAX_SIZE - HASH_DIGITS;

	hash[-1] = '-';
	sha512_hex(whole, HASH_DIGITS, hash);
}

char *pod_link_name(const struct pod *pod, const char *ifname)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+";
	bool is_first = text_equal(ifname, "eth0");
	cleanup_free char *whole = NULL;
	char *name;

	if (text_is_empty(pod->namespace) || text_is_empty(pod->name))
		return NULL;
	whole = xasprintf("pod.%s.%s%s%s", pod->namespace, pod->name, is_first ? "" : "+",
			  is_first ? "" : ifname);
	name = xstrdup(whole);
	for (char *c = name + strspn(name, plain); *c; c += strspn(c, plain))
		*c = '-';
	if (strlen(name) > NAME_MAX_SIZE)
		shorten(whole, name);
	return name;
}

void pod_release(struct pod *pod)
{
	free(pod->namespace);
	free(pod->name);
}
