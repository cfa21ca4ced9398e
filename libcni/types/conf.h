/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads an object into a struct by a table of keys. Absent and null keys get the default; wrong
 * types and numbers out of range are refused, naming the key by its path. Strings and JSON values
 * are borrowed from the configuration's tree.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

enum conf_type {
	CONF_TYPE_STRING,  /* const char * */
	CONF_TYPE_BOOL,	   /* bool */
	CONF_TYPE_INT,	   /* int */
	CONF_TYPE_LONG,	   /* long */
	CONF_TYPE_OBJECT,  /* const cJSON *, NULL when absent */
	CONF_TYPE_LIST,	   /* const cJSON *, NULL when absent */
	CONF_TYPE_STRINGS, /* const cJSON *: a list of strings (null items count as ""), NULL when
			      absent */
};

struct conf_key {
	const char *key;
	enum conf_type type;
	size_t offset;
	const char *string; /* default of a string; NULL is allowed */
	long number;	    /* default of a bool or number */
	long min, max;	    /* of a number, both inclusive; min > max: no limit but the type's */
	bool exact_first;   /* the exact spelling counts, wherever others stand */
};

#define CONF_STRING(type_, member, key_, default_)                                                 \
	{                                                                                          \
		.key = (key_), .type = CONF_TYPE_STRING, .offset = offsetof(type_, member),        \
		.string = (default_)                                                               \
	}
#define CONF_BOOL(type_, member, key_, default_)                                                   \
	{                                                                                          \
		.key = (key_), .type = CONF_TYPE_BOOL, .offset = offsetof(type_, member),          \
		.number = (default_)                                                               \
	}
#define CONF_INT(type_, member, key_, default_, min_, max_)                                        \
	{                                                                                          \
		.key = (key_), .type = CONF_TYPE_INT, .offset = offsetof(type_, member),           \
		.number = (default_), .min = (min_), .max = (max_)                                 \
	}
#define CONF_LONG(type_, member, key_, default_, min_, max_)                                       \
	{                                                                                          \
		.key = (key_), .type = CONF_TYPE_LONG, .offset = offsetof(type_, member),          \
		.number = (default_), .min = (min_), .max = (max_)                                 \
	}
#define CONF_OBJECT(type_, member, key_)                                                           \
	{                                                                                          \
		.key = (key_), .type = CONF_TYPE_OBJECT, .offset = offsetof(type_, member)         \
	}
#define CONF_LIST(type_, member, key_)                                                             \
	{                                                                                          \
		.key = (key_), .type = CONF_TYPE_LIST, .offset = offsetof(type_, member)           \
	}
#define CONF_STRINGS(type_, member, key_)                                                          \
	{                                                                                          \
		.key = (key_), .type = CONF_TYPE_STRINGS, .offset = offsetof(type_, member)        \
	}

/*
 * Fills every member the table names. `object` may be NULL (all defaults). `where` is the path in
 * messages: "" for the top, "ipam", "vlanTrunk[2]". Errors: code 999 for types (as the reference),
 * CNI_ERR_CONFIG for ranges. The member is written only on success of the whole table.
 */
int conf_read(const cJSON *object, const struct conf_key *keys, size_t count, const char *where,
	      void *into, struct cni_error *err) must_check;

/*
 * The same for a verb that never refuses: each key that does not fit, or the whole object, counts
 * as absent, and a line on stderr says so.
 */
void conf_read_lenient(const cJSON *object, const struct conf_key *keys, size_t count,
		       const char *where, void *into);

/*
 * The error of a value of the wrong type, code 999: `json: cannot unmarshal string into field ipam
 * of type object`; `wanted` is the type's name.
 */
int conf_fail_type(struct cni_error *err, const char *where, const cJSON *value,
		   const char *wanted);
