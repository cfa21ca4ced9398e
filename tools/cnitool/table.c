/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How columns are made wide enough. */
#include "table.h"

#include "base/alloc.h"
#include "base/foreign.h"

void table_add(struct table *table, const char *text)
{
	table->cells = xgrow(table->cells, table->count, sizeof(char *));
	table->cells[table->count++] = text_is_empty(text) ? xstrdup("-") : foreign(text);
}

/* Of each column; the caller frees them. */
static size_t *find_widths(const struct table *table)
{
	size_t *widths = xcalloc(table->columns, sizeof(*widths));

	for (size_t i = 0; i < table->count; i++) {
		size_t size = strlen(table->cells[i]), *width = &widths[i % table->columns];

		*width = size > *width ? size : *width;
	}
	return widths;
}

void table_print(const struct table *table, struct text *out)
{
	cleanup_free size_t *widths = find_widths(table);

	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;

		if (column + 1 == table->columns)
			text_addf(out, "%s\n", table->cells[i]);
		else
			text_addf(out, "%-*s  ", (int)widths[column], table->cells[i]);
	}
}

void table_release(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct table){ 0 };
}
