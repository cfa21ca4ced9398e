/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations of a transaction (RFC 7047, section 5.2), written where ovsdb_begin() said; and
 * the values of columns. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "types/json.h"

/* A condition, or a pair of a map; borrowed texts. */
struct ovsdb_pair {
	const char *key, *value;
};

/* An operation that is open: its other members follow, then operation_close(). */
void operation_open(struct json_writer *w, const char *op, const char *table);
void operation_close(struct json_writer *w);

/* Which rows it is about; one of them. */
void operation_where_any(struct json_writer *w);
void operation_where_text(struct json_writer *w, const char *column, const char *value);
/* The map has all these pairs. */
void operation_where_map(struct json_writer *w, const char *column, const struct ovsdb_pair *pairs,
			 size_t count);
/* `column` is "_uuid", or a set of UUIDs that has this one among others. */
void operation_where_uuid(struct json_writer *w, const char *column, const char *uuid);

/* Names with blanks between. */
void operation_columns(struct json_writer *w, const char *columns);

/*
 * A wait that asks for one column: `until` is "==" or "!="; the rows follow, between
 * operation_rows_open() and operation_rows_close(), each an object.
 */
void operation_rows_open(struct json_writer *w, const char *until, long timeout_ms);
void operation_rows_close(struct json_writer *w);

/* mutate: `column` of a set of UUIDs loses those of `uuids`, of which there are `count`. */
void operation_remove_uuids(struct json_writer *w, const char *column, const char *const *uuids,
			    size_t count);
/* … or gains the row that this transaction calls `name`. */
void operation_insert_named(struct json_writer *w, const char *column, const char *name);

/* The whole mutation that tells ovs-vswitchd of a change; then its number is selected. */
void operation_next_cfg(struct json_writer *w);

/* Values of a row that is open. */
void value_named_uuid(struct json_writer *w, const char *key, const char *name);
void value_map(struct json_writer *w, const char *key, const struct ovsdb_pair *pairs,
	       size_t count); /* pairs without a value are left out */
void value_integers(struct json_writer *w, const char *key, const unsigned short *numbers,
		    size_t count);
void value_empty(struct json_writer *w, const char *key);
