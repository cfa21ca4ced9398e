/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How operations, conditions and values are written. */
#include "ovsdb/operation.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

void operation_open(struct json_writer *w, const char *op, const char *table)
{
	json_open(w, NULL, '{');
	json_string(w, "op", op);
	json_string(w, "table", table);
}

void operation_close(struct json_writer *w)
{
	json_close(w, '}');
}

/* ---- conditions */

void operation_where_any(struct json_writer *w)
{
	json_open(w, "where", '[');
	json_close(w, ']');
}

static void open_condition(struct json_writer *w, const char *column, const char *function)
{
	json_open(w, "where", '[');
	json_open(w, NULL, '[');
	json_string(w, NULL, column);
	json_string(w, NULL, function);
}

static void close_condition(struct json_writer *w)
{
	json_close(w, ']');
	json_close(w, ']');
}

/* ["uuid","…"], ["named-uuid","…"] */
static void put_typed(struct json_writer *w, const char *key, const char *type, const char *text)
{
	json_open(w, key, '[');
	json_string(w, NULL, type);
	json_string(w, NULL, text);
	json_close(w, ']');
}

void operation_where_text(struct json_writer *w, const char *column, const char *value)
{
	open_condition(w, column, "==");
	json_string(w, NULL, value);
	close_condition(w);
}

void operation_where_map(struct json_writer *w, const char *column, const struct ovsdb_pair *pairs,
			 size_t count)
{
	open_condition(w, column, "includes");
	value_map(w, NULL, pairs, count);
	close_condition(w);
}

void operation_where_uuid(struct json_writer *w, const char *column, const char *uuid)
{
	open_condition(w, column, "includes");
	put_typed(w, NULL, "uuid", uuid);
	close_condition(w);
}

void operation_columns(struct json_writer *w, const char *columns)
{
	json_open(w, "columns", '[');
	while (*columns) {
		size_t size = strcspn(columns, " ");
		cleanup_free char *column = xstrndup(columns, size);

		json_string(w, NULL, column);
		columns += size;
		columns += strspn(columns, " ");
	}
	json_close(w, ']');
}

/* ---- what is waited for, what is changed */

void operation_rows_open(struct json_writer *w, const char *until, long timeout_ms)
{
	json_string(w, "until", until);
	json_integer(w, "timeout", timeout_ms);
	json_open(w, "rows", '[');
}

void operation_rows_close(struct json_writer *w)
{
	json_close(w, ']');
}

static void open_mutation(struct json_writer *w, const char *column, const char *mutator)
{
	json_open(w, "mutations", '[');
	json_open(w, NULL, '[');
	json_string(w, NULL, column);
	json_string(w, NULL, mutator);
}

static void close_mutation(struct json_writer *w)
{
	json_close(w, ']');
	json_close(w, ']');
}

void operation_remove_uuids(struct json_writer *w, const char *column, const char *const *uuids,
			    size_t count)
{
	open_mutation(w, column, "delete");
	json_open(w, NULL, '[');
	json_string(w, NULL, "set");
	json_open(w, NULL, '[');
	for (size_t i = 0; i < count; i++)
		put_typed(w, NULL, "uuid", uuids[i]);
	json_close(w, ']');
	json_close(w, ']');
	close_mutation(w);
}

void operation_insert_named(struct json_writer *w, const char *column, const char *name)
{
	open_mutation(w, column, "insert");
	put_typed(w, NULL, "named-uuid", name);
	close_mutation(w);
}

void operation_next_cfg(struct json_writer *w)
{
	operation_open(w, "mutate", "Open_vSwitch");
	operation_where_any(w);
	open_mutation(w, "next_cfg", "+=");
	json_integer(w, NULL, 1);
	close_mutation(w);
	operation_close(w);
	operation_open(w, "select", "Open_vSwitch");
	operation_where_any(w);
	operation_columns(w, "next_cfg");
	operation_close(w);
}

/* ---- values */

void value_named_uuid(struct json_writer *w, const char *key, const char *name)
{
	put_typed(w, key, "named-uuid", name);
}

void value_map(struct json_writer *w, const char *key, const struct ovsdb_pair *pairs, size_t count)
{
	json_open(w, key, '[');
	json_string(w, NULL, "map");
	json_open(w, NULL, '[');
	for (size_t i = 0; i < count; i++)
		if (pairs[i].value)
			put_typed(w, NULL, pairs[i].key, pairs[i].value);
	json_close(w, ']');
	json_close(w, ']');
}

void value_integers(struct json_writer *w, const char *key, const unsigned short *numbers,
		    size_t count)
{
	json_open(w, key, '[');
	json_string(w, NULL, "set");
	json_open(w, NULL, '[');
	for (size_t i = 0; i < count; i++)
		json_integer(w, NULL, numbers[i]);
	json_close(w, ']');
	json_close(w, ']');
}

void value_empty(struct json_writer *w, const char *key)
{
	value_integers(w, key, NULL, 0);
}
