/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network as an administrator describes it: a configuration list, or a single plugin's
 * configuration in the older form (cni-protocol §8.2). Messages are the reference's.
 * list_parse*() are pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "types/json.h"

/* One plugin of the list; texts are borrowed from its tree. */
struct list_plugin {
	cJSON *json;
	const char *type;	   /* never "" */
	const char *name;	   /* the entry's own name, often "" */
	const cJSON *capabilities; /* NULL: none */
};

struct network_list {
	char *name;
	char *version; /* "" when the list has none */
	bool disable_check, disable_gc, only_inlined;
	struct list_plugin *plugins;
	size_t plugin_count;
	struct text bytes; /* as they were read: what the cache keeps */
	char *file;	   /* where they were read from, or NULL */
};

#define cleanup_list cleanup_with(list_release)

/* The .conflist format. A list without `plugins` is well: drop-in files can fill it. */
int list_parse(const char *bytes, size_t size, struct network_list *ret,
	       struct cni_error *err) must_check;

/* The older format with one plugin, wrapped into a list. */
int list_parse_single(const char *bytes, size_t size, struct network_list *ret,
		      struct cni_error *err) must_check;

/* Adds the plugin that a drop-in file holds. */
int list_add_plugin(struct network_list *list, const char *bytes, size_t size,
		    struct cni_error *err) must_check;

void list_release(struct network_list *list);
