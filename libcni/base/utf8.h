/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8, one character at a time. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { UTF8_REPLACEMENT = 0xfffd };

/*
 * Bytes of the character at the start of `s` (1 to 4), or 0 when no valid one is there: overlong
 * and cut forms, surrogates and numbers above U+10FFFF are invalid. *ret is set in any case, then
 * to U+FFFD.
 */
size_t utf8_decode(const char *s, size_t size, uint32_t *ret);

/* Adds one character; surrogates become U+FFFD. */
void utf8_add(struct text *text, uint32_t character);
