/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers with labels in the text format of Prometheus. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/text.h"

/* Starts with its name and help; the items are added in any order. */
struct gauge {
	const char *name, *help;
	bool is_milli; /* it is written in whole units */
	struct gauge_item *items;
	size_t count;
};

struct label {
	const char *name, *value;
};

/* Adds to what has the same labels already; at most four. */
void gauge_add(struct gauge *gauge, uint64_t value, const struct label *labels, size_t count);

/* One line for each set of labels, sorted. */
void gauge_print(struct gauge *gauge, struct text *out);
void gauge_release(struct gauge *gauge);
