/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a runtime knows of the attachment it asks for. Pure. */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "types/json.h"

struct container_arg {
	char *key, *value;
};

/* CNI_ARGS as pairs; starts as all zero. */
struct container_args {
	struct container_arg *items;
	size_t count;
};

#define cleanup_container_args cleanup_with(container_args_release)

/* One attachment to be; all is borrowed. */
struct container {
	const char *id, *netns, *ifname;
	const struct container_args *args; /* NULL: none */
	const cJSON *capabilities;	   /* an object: capability to value; NULL: none */
};

/* K=V;K=V; a pair without key or value is `invalid CNI_ARGS pair "…"`. "" is no pair. */
int container_args_parse(const char *text, struct container_args *ret,
			 struct cni_error *err) must_check;

/* The same text again, for the caller to free. */
char *container_args_print(const struct container_args *args_or_null) must_check;

void container_args_add(struct container_args *args, const char *key, const char *value);
void container_args_release(struct container_args *args);

/* "cnitool-" and 20 hex digits of the namespace's path; the caller frees it. */
char *container_id_of(const char *netns) must_check;
