/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that a container, another program or a file has chosen, on its way to a terminal, a log or a
 * shell. What a terminal would obey and what a reader cannot see - control characters, changes of
 * the writing direction, characters without width, bytes that are no UTF-8 - is written out: \x1b,
 * \u202e.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* False for a character that a terminal obeys or that nobody sees. */
bool foreign_is_visible(uint32_t character);

/* Adds a name, in which a line end is escaped as well. */
void foreign_add(struct text *out, const char *name);

/* Adds a message, which may have several lines; line ends and tabs stay. */
void foreign_add_message(struct text *out, const char *message);

/* Adds a sentence with names in it, as one line. */
void foreign_add_line(struct text *out, const char *sentence);

/*
 * Adds one word for a shell: as it is, in '', or where somebody could not see what it says in $''
 * with every such byte as \ooo, which bash, zsh, ksh and busybox read. A shell that does not know
 * $'' finds nothing of that name.
 */
void foreign_add_word(struct text *out, const char *name);

/* The same as new texts; the caller frees them. */
char *foreign(const char *name) must_check;
char *foreign_line(const char *sentence) must_check;
char *foreign_message(const char *message) must_check;
char *foreign_word(const char *name) must_check;
