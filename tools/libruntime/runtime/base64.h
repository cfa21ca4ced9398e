/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 of RFC 4648, section 4: how the cache keeps a configuration. Pure. */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/text.h"

void base64_encode(const char *bytes, size_t size, struct text *out);

/* -EINVAL when it is none; line ends inside are skipped. */
int base64_decode(const char *text, struct text *out) must_check;
