/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All keys of all plugins, each with what a person needs to know to write it. From this one table
 * come the warnings about unknown keys (types/keys.h), `--help` of each plugin, and
 * docs/configuration.md. tests/lint/keys.sh compares it with the tables of struct conf_key that
 * plugins read by. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define KEYS_OF_LIST "" /* as a type: a configuration list itself, with its "plugins" */

struct key_place {
	const char *type;   /* of the plugin */
	const char *where;  /* "" is the top, "[]" any item of a list */
	const char *rows;   /* a line for each key: name|type|default|example in JSON|meaning */
	const char *others; /* that mean nothing to it, but that many real configurations have */
	bool is_open;	    /* other keys may stand there, too: programs write it */
};

extern const struct key_place key_places[];
extern const size_t key_place_count;

/* What a plugin is for and its keys, a line each with an example: the answer to `--help`. */
void key_table_print(const char *type, struct text *out);
