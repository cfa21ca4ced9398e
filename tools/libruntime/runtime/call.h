/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of one plugin of a list: its environment, its stdin, its answer. */
#pragma once

#include "runtime/request.h"
#include "runtime/runtime.h"

/* A verb without an answer. */
int call_plugin(const struct runtime *runtime, const char *verb, const struct request *request,
		struct cni_error *err) must_check;

/* ADD; the answer is read by its own version, or the list's where it has none. */
int call_add(const struct runtime *runtime, const struct request *request, struct added *ret,
	     struct cni_error *err) must_check;
