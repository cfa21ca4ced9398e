/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of a network's configuration that nobody knows. */
#pragma once

#include "runtime/list.h"

/* `text` is "plugin bridge: brige: no such key, did you mean bridge?"; valid during the call. */
typedef void misspelt_fn(const char *text, void *data);
void misspelt_each(const struct network_list *list, misspelt_fn *fn, void *data);
