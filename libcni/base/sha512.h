/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-512 (FIPS 180-4): the reference derives its rule names from it, we our link names. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHA512_SIZE = 64 };

void sha512(const void *bytes, size_t size, uint8_t ret_digest[SHA512_SIZE]);

/*
 * The first `digits` lower-case hex digits of the digest of `text`; `ret` has room for digits + 1.
 */
void sha512_hex(const char *text, size_t digits, char *ret);
