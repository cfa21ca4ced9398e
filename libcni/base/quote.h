/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts in quotes, as the reference's language shows them in errors. */
#pragma once

#include <stddef.h>

#include "base/text.h"

/* "…" with what would break the line or the quotes escaped; other bytes stay as they are. */
void quote_add(struct text *out, const char *s, size_t size);

/* '…' around one byte, which stands for the character U+0000 to U+00FF. */
void quote_add_byte(struct text *out, unsigned char byte);
