/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of words in columns, as wide as their widest word. */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/text.h"

struct table {
	size_t columns;
	char **cells; /* row by row */
	size_t count;
};

#define cleanup_table cleanup_with(table_release)

/* The next cell, text of anybody; an empty one is drawn as "-". */
void table_add(struct table *table, const char *text);
void table_print(const struct table *table, struct text *out);
void table_release(struct table *table);
