/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as hex digits. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Adds two lower-case digits for each byte. */
void hex_add(struct text *out, const void *bytes, size_t size);

/* Its value; -1 for what is none. */
int hex_digit(char digit);

/* An even number of digits as bytes for the caller to free (NULL for none); -EINVAL. */
int hex_parse(const char *text, uint8_t **ret, size_t *ret_size) must_check;
