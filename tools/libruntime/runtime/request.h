/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plugin of a list gets on stdin (cni-protocol §8.3). Pure. */
#pragma once

#include <stdbool.h>

#include "runtime/container.h"
#include "runtime/list.h"

struct request {
	const struct network_list *list;
	const struct list_plugin *plugin;
	const struct container
		*container_or_null;   /* its capabilities become runtimeConfig; NULL: none */
	const char *previous_or_null; /* result, JSON */
	bool has_valid;		      /* GC: whether the runtime says what is valid */
	const cJSON *valid;	      /* GC: the list, NULL means null */
};

int request_print(const struct request *request, struct text *out,
		  struct cni_error *err) must_check;
