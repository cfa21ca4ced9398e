/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka with what it wants included before it, and the questions most tests ask. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "types/addr.h"
#include "types/json.h"

/* The error has exactly this code and message; it is empty again afterwards. */
static inline void expect_error(struct cni_error *err, unsigned code, const char *msg)
{
	assert_true(cni_error_is_set(err));
	assert_string_equal(err->msg, msg);
	assert_int_equal(err->code, code);
	cni_error_release(err);
}

/* The tree of a valid text. */
static inline cJSON *parse_json(const char *text)
{
	cJSON *json = NULL;
	char *why = NULL;

	if (json_parse(text, strlen(text), &json, &why) < 0)
		fail_msg("%s: %s", text, why);
	return json;
}

static inline struct addr make_addr(const char *text)
{
	struct addr addr;

	if (addr_parse(text, &addr) < 0)
		fail_msg("%s is no address", text);
	return addr;
}

static inline struct prefix make_prefix(const char *text)
{
	struct prefix prefix;

	if (prefix_parse(text, &prefix) < 0)
		fail_msg("%s is no prefix", text);
	return prefix;
}
