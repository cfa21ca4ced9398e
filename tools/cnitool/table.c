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

static size_t width_of(const struct table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->count; i += table->columns)
		if (strlen(table->cells[i]) > width)
			width = strlen(table->cells[i]);
	return width;
}

void table_print(const struct table *table, struct text *out)
{
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;

		if (column + 1 == table->columns)
			text_addf(out, "%s\n", table->cells[i]);
		else
			text_addf(out, "%-*s  ", (int)width_of(table, column), table->cells[i]);
	}
}

void table_release(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct table){ 0 };
}
