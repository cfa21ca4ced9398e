/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How labels are written, and how what has the same becomes one line. */
#include "gauge.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/foreign.h"

struct gauge_item {
	char *labels; /* `{network="a"}`, or "" */
	uint64_t value;
};

/* Names of others: what cannot be seen is written out first, so no line ends in a value. */
static void add_value(struct text *out, const char *value)
{
	cleanup_free char *visible = foreign(value);

	for (const char *c = visible; *c; c++) {
		if (*c == '"' || *c == '\\')
			text_add(out, "\\");
		text_add_bytes(out, c, 1);
	}
}

void gauge_add(struct gauge *gauge, uint64_t value, const struct label *labels, size_t count)
{
	cleanup_text struct text text = { 0 };

	for (size_t i = 0; i < count; i++) {
		text_addf(&text, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
		add_value(&text, labels[i].value);
		text_add(&text, i + 1 == count ? "\"}" : "\"");
	}
	gauge->items = xgrow(gauge->items, gauge->count, sizeof(*gauge->items));
	gauge->items[gauge->count++] = (struct gauge_item){ .labels = xstrdup(text.s ? text.s : ""),
							    .value = value };
}

static int compare_items(const void *a, const void *b)
{
	const struct gauge_item *left = a, *right = b;

	return strcmp(left->labels, right->labels);
}

static void add_number(struct text *out, uint64_t value, bool is_milli)
{
	if (is_milli)
		text_addf(out, "%llu.%03llu\n", (unsigned long long)value / 1000,
			  (unsigned long long)value % 1000);
	else
		text_addf(out, "%llu\n", (unsigned long long)value);
}

void gauge_print(struct gauge *gauge, struct text *out)
{
	text_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", gauge->name, gauge->help, gauge->name);
	if (gauge->count > 1)
		qsort(gauge->items, gauge->count, sizeof(*gauge->items), compare_items);
	for (size_t i = 0; i < gauge->count;) {
		const struct gauge_item *first = &gauge->items[i];
		uint64_t sum = 0;

		for (; i < gauge->count && text_equal(gauge->items[i].labels, first->labels); i++)
			sum += gauge->items[i].value;
		text_addf(out, "%s%s ", gauge->name, first->labels);
		add_number(out, sum, gauge->is_milli);
	}
}

void gauge_release(struct gauge *gauge)
{
	for (size_t i = 0; i < gauge->count; i++)
		free(gauge->items[i].labels);
	free(gauge->items);
}
